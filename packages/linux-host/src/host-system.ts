import { stat, statfs } from 'node:fs/promises';
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import type { DiskSpace, HostSystem } from '@ds01/ports';

/** A file server that is gone never answers. */
const patienceMs = 500;

/** This machine. */
export function createHostSystem(): HostSystem {
  // Another look at a path that doesn't answer would only keep one more thread from other work.
  const underWay = new Map<string, ReturnType<typeof spaceAt>>();
  const look = (path: string): ReturnType<typeof spaceAt> => {
    const known = underWay.get(path);
    if (known !== undefined) return known;
    const looking = spaceAt(path).finally(() => underWay.delete(path));
    underWay.set(path, looking);
    return looking;
  };
  return {
    load: () => ({
      cpus: availableParallelism(),
      load1: loadavg()[0] ?? 0,
      memoryBytes: totalmem(),
      // Free memory is what MemAvailable of /proc/meminfo says.
      memoryUsedBytes: totalmem() - freemem(),
    }),
    async spaceOf(paths) {
      const found = await Promise.all(paths.map((path) => soon(look(path))));
      const spaces = new Map<number, DiskSpace>();
      for (const space of found) {
        if (space !== null && !spaces.has(space.device)) spaces.set(space.device, space.space);
      }
      return [...spaces.values()];
    },
  };
}

async function spaceAt(
  path: string,
): Promise<{ readonly device: number; readonly space: DiskSpace } | null> {
  try {
    const [{ dev }, { bsize, blocks, bfree, bavail }] = await Promise.all([
      stat(path),
      statfs(path),
    ]);
    // As `df` counts: what only root may still use is nobody's.
    const usedBytes = (blocks - bfree) * bsize;
    return { device: dev, space: { path, bytes: usedBytes + bavail * bsize, usedBytes } };
  } catch {
    return null;
  }
}

async function soon<T>(work: Promise<T>): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), patienceMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { HostDisks } from '@ds01/ports';

/**
 * Disks as sysfs shows them. Limits on bytes per second are set on whole disks, never on their
 * partitions; file systems without a disk (tmpfs, overlay, network) have none.
 */
export function createHostDisks(): HostDisks {
  return {
    diskOf: (path) => {
      const device = statSync(path, { throwIfNoEntry: false })?.dev;
      if (device === undefined) return null;
      const entry = join('/sys/dev/block', `${majorOf(device)}:${minorOf(device)}`);
      if (!existsSync(entry)) return null;
      const folder = realpathSync(entry);
      const disk = existsSync(join(folder, 'partition')) ? dirname(folder) : folder;
      return join('/dev', basename(disk));
    },
  };
}

/** The kernel's device numbers as stat(2) packs them (makedev(3)). */
function majorOf(device: number): number {
  return Number((BigInt(device) >> 8n) & 0xfffn);
}

function minorOf(device: number): number {
  const number = BigInt(device);
  return Number((number & 0xffn) | ((number >> 12n) & 0xfff00n));
}

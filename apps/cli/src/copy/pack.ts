import type { Stats } from 'node:fs';
import type { ReadEntry } from 'tar';

/**
 * A tar archive of one file, link or folder in `folder`, as chunks. Its root `from` is called `to` inside;
 * `.` for both gives what is in the folder. Owners and the bits setuid, setgid and sticky are left
 * out, and so are sockets, pipes and devices, each with a line for `say`. Throws the disk's error.
 */
export async function* packFrom(
  folder: string,
  options: {
    readonly from: string;
    readonly to: string;
    readonly followLinks: boolean;
    readonly say: (line: string) => void;
  },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { from, to, followLinks, say } = options;
  const { Pack } = await import('tar');
  const renamed = (path: string): string =>
    path === from || path.startsWith(`${from}/`) ? `${to}${path.slice(from.length)}` : path;
  const pack = new Pack({
    cwd: folder,
    portable: true,
    follow: followLinks,
    filter: (path, stat) => {
      const kept = isCopied(stat);
      if (!kept) say(`left out ${JSON.stringify(path)}: it is no file, folder or link`);
      return kept;
    },
    onWriteEntry: (entry) => {
      entry.path = renamed(entry.path);
      if (entry.type === 'Link' && entry.linkpath !== undefined) {
        entry.linkpath = renamed(entry.linkpath);
      }
      if (entry.stat !== undefined) entry.stat.mode &= ~0o7000;
    },
  });
  // Whoever reads may have gone when a file in work turns out to be unreadable.
  pack.on('error', () => undefined);
  pack.add(from);
  pack.end();
  try {
    for await (const chunk of pack) yield chunk;
  } finally {
    pack.destroy();
  }
}

function isCopied(found: Stats | ReadEntry): boolean {
  if (!('isSymbolicLink' in found)) return true;
  return found.isFile() || found.isDirectory() || found.isSymbolicLink();
}

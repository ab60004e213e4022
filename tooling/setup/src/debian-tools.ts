import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Executables of Debian packages that were unpacked beside the machine's own, not installed. */
export interface DebianTools {
  /** Folder that holds the unpacked tree (`usr/bin`, `usr/sbin`, ...). */
  readonly root: string;
  /** Folders to put in front of PATH, existing ones only. */
  readonly pathEntries: readonly string[];
  /**
   * The environment that the unpacked programs need, as additions to `base`: PATH, LD_LIBRARY_PATH,
   * XTABLES_LIBDIR and DEBOOTSTRAP_DIR, each only where the tree has something for it.
   */
  readonly environment: (base: NodeJS.ProcessEnv) => NodeJS.ProcessEnv;
  /** Absolute path of a program, the unpacked one first, else the machine's; undefined if neither. */
  readonly find: (program: string) => string | undefined;
}

const programFolders = ['usr/local/sbin', 'usr/local/bin', 'usr/sbin', 'usr/bin', 'sbin', 'bin'];

/** Describes the tree at `root`, as `dpkg-deb -x` leaves it. */
export function createDebianTools(root: string): DebianTools {
  const pathEntries = programFolders.map((folder) => join(root, folder)).filter(existsSync);
  const libraries = ['usr/lib', 'lib'].flatMap((folder) => multiarchFolders(join(root, folder)));
  const xtables = libraries.map((folder) => join(folder, 'xtables')).find(existsSync);
  const debootstrap = join(root, 'usr/share/debootstrap');
  return {
    root,
    pathEntries,
    environment: (base) => ({
      ...base,
      PATH: [...pathEntries, base['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin'].join(':'),
      ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(':') }),
      ...(xtables === undefined ? {} : { XTABLES_LIBDIR: xtables }),
      ...(existsSync(debootstrap) ? { DEBOOTSTRAP_DIR: debootstrap } : {}),
    }),
    find: (program) =>
      [...pathEntries, ...programFolders.map((folder) => join('/', folder))]
        .map((folder) => join(folder, program))
        .find(existsSync),
  };
}

function multiarchFolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /-linux-gnu/.test(name))
    .map((name) => join(folder, name));
}

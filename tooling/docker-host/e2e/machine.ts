import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupHierarchies } from '../src/cgroups.ts';

/** What a host must leave as it found it, as comparable text. */
export interface MachineSnapshot {
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly accounts: string;
  readonly interfaces: readonly string[];
  readonly files: readonly string[];
}

const watchedFolders = ['/', '/etc', '/home', '/opt', '/run', '/var/lib', '/var/run'];

/** Looks at the machine; other hosts of docker-host may come and go meanwhile and are left out. */
export function snapshotMachine(name: string): MachineSnapshot {
  const isOthers = (text: string): boolean => /ds01-/.test(text) && !text.includes(name);
  return {
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ').slice(3).join(' '))
      .filter((line) => !isOthers(line)),
    cgroups: cgroupHierarchies()
      .flatMap((hierarchy) => readdirSync(hierarchy).map((entry) => join(hierarchy, entry)))
      .filter((path) => !isOthers(path)),
    accounts: ['/etc/passwd', '/etc/group', '/etc/shadow', '/etc/subuid']
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n---\n'),
    interfaces: readdirSync('/sys/class/net'),
    files: watchedFolders.flatMap((folder) => readdirSync(folder).map((n) => join(folder, n))),
  };
}

/** Command lines of live processes that mention any of the words, in arguments or environment. */
export function processesMentioning(...words: readonly string[]): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(join('/proc', pid, 'cmdline'), 'latin1');
        const environment = readFileSync(join('/proc', pid, 'environ'), 'latin1');
        const found = words.some((word) => `${command}\0${environment}`.includes(word));
        return found ? [command.replaceAll('\0', ' ')] : [];
      } catch {
        // Ended between the listing and the reading.
        return [];
      }
    });
}

import { statSync } from 'node:fs';
import type { ActivityReading } from '@ds01/ports';
import { memoryOf } from '../cgroups/memory-files.ts';
import { identifyProcess, type ProcessIdentity } from '../gate/process-identity.ts';
import { isAbsence, networkTotals, numberIn, sumOf, textOf } from '../kernel-files.ts';
import { foldersIn } from './find-folders.ts';
import { openKeyboard, type Keyboard, type KeyboardOptions } from './keyboard.ts';
import { createKeptFiles } from './kept-files.ts';

/** Where one container is. */
export interface ContainerPlace extends KeyboardOptions {
  /** Where the cgroup file systems are mounted. */
  readonly mount: string;
  readonly version: 1 | 2;
  /** Of its cgroup, as `containerFolder` says it. */
  readonly folder: string;
  /** Whether files stay open between readings. */
  readonly keepOpen: boolean;
}

/** What one look found: the reading but for its moment, and whose network it was. */
export interface WatchedReading extends Omit<ActivityReading, 'atMs'> {
  /** Inode of the network namespace; `null` when it can't be told. */
  readonly network: number | null;
  /** When the process that was looked through started, in clock ticks. */
  readonly startTicks: number;
}

/** One container that is measured again and again. */
export interface ContainerWatch {
  /** `null` when it has no processes on this host. */
  read(): WatchedReading | null;
  close(): void;
}

/** A container that is being made ready has no keyboard yet; one that never has any isn't asked for ever. */
const maxAttempts = 3;

/** How deep and wide processes are looked for in cgroups that were made inside. */
const maxInnerFolders = 64;

/** Measures a container by its cgroup's files and through one of its processes. */
export function watchContainer(place: ContainerPlace): ContainerWatch {
  const files = createKeptFiles(place.keepOpen);
  const at = (controller: string, file: string): string =>
    place.version === 2
      ? `${place.mount}${place.folder}/${file}`
      : `${place.mount}/${controller}${place.folder}/${file}`;
  const read = (controller: string, file: string): string | null =>
    files.read(at(controller, file));
  const identify = (pid: number): ProcessIdentity | null => identifyProcess(pid, place.processes);
  let through: ProcessIdentity | null = null;
  let keyboard: Keyboard | null = null;
  let attempts = 0;
  /** The process that was looked through before, while it lives; with another comes its keyboard. */
  const choose = (pids: readonly number[]): ProcessIdentity | null => {
    const known = through !== null && pids.includes(through.pid) ? identify(through.pid) : null;
    if (known !== null && known.startTicks === through?.startTicks) return known;
    keyboard?.close();
    keyboard = null;
    attempts = 0;
    through = oldestOf(pids.map(identify));
    return through;
  };
  return {
    read() {
      const process = choose(processesIn(at('pids', 'cgroup.procs'), (path) => files.read(path)));
      if (process === null) return null;
      if (keyboard === null && attempts < maxAttempts) {
        attempts += 1;
        keyboard = openKeyboard(process.pid, place);
      }
      return {
        ...(place.version === 2 ? countersVersion2(read) : countersVersion1(read)),
        ...networkOf(`${place.processes}/${process.pid}`),
        inputAtMs: keyboard?.inputAtMs() ?? null,
        processes: numberIn(read('pids', 'pids.current')),
        startTicks: Number(process.startTicks),
      };
    },
    close() {
      keyboard?.close();
      keyboard = null;
      through = null;
      files.close();
    },
  };
}

type ReadFile = (controller: string, file: string) => string | null;
type Counters = Pick<ActivityReading, 'cpuTimeMs' | 'memoryBytes' | 'memoryLimitBytes'>;

function countersVersion1(read: ReadFile): Counters {
  const nanoseconds = numberIn(read('cpuacct', 'cpuacct.usage'));
  return {
    cpuTimeMs: nanoseconds === null ? null : nanoseconds / 1e6,
    ...memoryOf(
      {
        used: read('memory', 'memory.usage_in_bytes'),
        limit: read('memory', 'memory.limit_in_bytes'),
        statistics: read('memory', 'memory.stat'),
      },
      1,
    ),
  };
}

function countersVersion2(read: ReadFile): Counters {
  const microseconds = sumOf(read('cpu', 'cpu.stat'), /^usage_usec (\d+)$/gm);
  return {
    cpuTimeMs: microseconds === null ? null : microseconds / 1e3,
    ...memoryOf(
      {
        used: read('memory', 'memory.current'),
        limit: read('memory', 'memory.max'),
        statistics: read('memory', 'memory.stat'),
      },
      2,
    ),
  };
}

/** Those of a container that divides its cgroup are in folders below. */
function processesIn(list: string, read: (path: string) => string | null): readonly number[] {
  const direct = pidsOf(read(list));
  if (direct.length > 0) return direct;
  const suffix = '/cgroup.procs';
  let level = [list.slice(0, -suffix.length)];
  for (let left = maxInnerFolders; level.length > 0 && left > 0;) {
    const next = level.flatMap((folder) => foldersIn(folder).map((name) => `${folder}/${name}`));
    level = next.slice(0, left);
    left -= level.length;
    for (const folder of level) {
      const pids = pidsOf(textOf(`${folder}${suffix}`));
      if (pids.length > 0) return pids;
    }
  }
  return [];
}

/** Id 0 is a process that can't be seen from here; a line without end was cut, and is another id. */
function pidsOf(text: string | null): readonly number[] {
  return (text ?? '')
    .split('\n')
    .slice(0, -1)
    .filter((line) => /^[1-9]\d*$/.test(line))
    .map(Number);
}

/**
 * The one that runs longest: the container's main process, as a rule, which has its network and its
 * view of the files; what was started later may have others.
 */
function oldestOf(processes: readonly (ProcessIdentity | null)[]): ProcessIdentity | null {
  return processes.reduce(
    (oldest, next) =>
      oldest === null || (next !== null && Number(next.startTicks) < Number(oldest.startTicks))
        ? next
        : oldest,
    null,
  );
}

function networkOf(folder: string): Pick<WatchedReading, 'network' | 'networkBytes'> {
  const devices = textOf(`${folder}/net/dev`);
  const totals = devices === null ? null : networkTotals(devices);
  return {
    network: networkNamespaceOf(folder),
    networkBytes: totals === null ? null : totals.received + totals.sent,
  };
}

/** Inode of the network namespace of a process, by its folder below `/proc`; `null` when it can't be told. */
export function networkNamespaceOf(folder: string): number | null {
  try {
    return statSync(`${folder}/ns/net`).ino;
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

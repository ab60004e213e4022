import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
} from 'node:fs';
import { performance } from 'node:perf_hooks';
import { isAbsence } from '../kernel-files.ts';

/** Terminals inside a container. */
export interface Keyboard {
  /** When somebody last typed, in Unix milliseconds; `null` without a terminal. */
  inputAtMs(): number | null;
  close(): void;
}

/** Major numbers of Unix 98 terminals (kernel documentation: devices.txt). */
const terminalMajors = { first: 136, last: 143 };
/** `O_PATH` of <asm-generic/fcntl.h>: a place, without opening what is there. */
const placeOnly = 0o10_000_000;
const folderHere = placeOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** What `/dev` and `/dev/pts` are in containers: others may be anything, and never answer. */
const kindsOfDev = new Set(['tmpfs', 'devtmpfs']);

/** Where to look. */
export interface KeyboardOptions {
  /** Where the process file system is mounted. */
  readonly processes: string;
  /** Device number of this host's own terminals, which are nobody's inside; `null` without. */
  readonly hostTerminals: number | null;
  /** Whether a place must be of one of these file systems; only tests of plain folders do without. */
  readonly checkKinds?: boolean;
}

/**
 * Opens the terminals of the container that a process is in: the access time of a terminal is when a
 * process last read what was typed (tty_io of the kernel, to 8 s). Each step below the container's
 * root is taken without following links, and only into the file systems that belong there: somebody
 * inside may have planted others. `null` when there are none, or they can't be trusted.
 */
export function openKeyboard(pid: number, options: KeyboardOptions): Keyboard | null {
  const opened: number[] = [];
  const close = (): void => {
    for (const descriptor of opened.splice(0)) closeSync(descriptor);
  };
  const step = (path: string, flags: number): number => {
    const descriptor = openSync(path, flags);
    opened.push(descriptor);
    return descriptor;
  };
  try {
    const kindOf = options.checkKinds === false ? null : kindsOfMounts(pid, options.processes);
    const isTerminals = (descriptor: number): boolean =>
      kindOf === null || kindOf(descriptor) === 'devpts';
    const root = step(`${options.processes}/${pid}/root`, placeOnly | constants.O_DIRECTORY);
    if (kindOf !== null && isForeign(kindOf(root) ?? 'fuse')) throw untrusted;
    const dev = step(`/proc/self/fd/${root}/dev`, folderHere);
    if (kindOf !== null && !kindsOfDev.has(kindOf(dev) ?? '')) throw untrusted;
    const terminals = step(`/proc/self/fd/${dev}/pts`, folderHere);
    if (!isTerminals(terminals)) throw untrusted;
    // As long as the engine makes a container ready, its process still sees the host's.
    if (fstatSync(terminals).dev === options.hostTerminals) throw untrusted;
    closeSync(root);
    opened.shift();
    const { hostTerminals } = options;
    const places = { dev, terminals, isTerminals, hostTerminals };
    return { inputAtMs: () => newestInput(places), close };
  } catch (error) {
    close();
    if (error === untrusted || isAbsence(error)) return null;
    throw error;
  }
}

const untrusted = new Error('another file system than a container’s own');

/** Served by a process or another machine, which may not answer. */
function isForeign(kind: string): boolean {
  return /^(?:fuse|nfs|cifs|smb|9p|autofs|ceph|afs)/.test(kind);
}

const betweenListsMs = 1000;

/**
 * An engine's own mounts come first, and are some thirty lines. Whoever may mount can make the list so
 * long that the kernel takes seconds for it.
 */
const longestList = 256 * 1024;

function beginningOf(path: string): string {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, 'r');
    const bytes = Buffer.allocUnsafe(longestList);
    let length = 0;
    for (let read = -1; read !== 0 && length < longestList; length += read) {
      read = readSync(descriptor, bytes, length, longestList - length, null);
    }
    const text = bytes.toString('latin1', 0, length);
    return text.slice(0, text.lastIndexOf('\n') + 1);
  } catch (error) {
    if (isAbsence(error)) return '';
    throw error;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** By the mount that a descriptor is on (proc(5): `fdinfo`, `mountinfo`); asks no file system. */
function kindsOfMounts(pid: number, processes: string): (descriptor: number) => string | undefined {
  const read = (): ReadonlyMap<string, string> => {
    const mounts = beginningOf(`${processes}/${pid}/mountinfo`);
    const found = mounts.matchAll(/^(\d+) .*? - (\S+) /gm);
    return new Map([...found].map(([, id = '', kind = '']) => [id, kind]));
  };
  let kinds = read();
  let readAtMs = performance.now();
  return (descriptor) => {
    const facts = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1');
    const mount = /^mnt_id:\s*(\d+)$/m.exec(facts)?.[1] ?? '';
    // New since then; the list of somebody who mounts without end is long.
    if (!kinds.has(mount) && performance.now() > readAtMs + betweenListsMs) {
      kinds = read();
      readAtMs = performance.now();
    }
    return kinds.get(mount);
  };
}

/** To which the kernel keeps access times of terminals. */
const granularityMs = 8000;

/** Those with the lowest numbers, which are given again first; a thousand more cost nothing. */
const maxTerminals = 256;

interface TerminalsInside {
  readonly dev: number;
  readonly terminals: number;
  readonly isTerminals: (descriptor: number) => boolean;
  readonly hostTerminals: number | null;
}

function newestInput(places: TerminalsInside): number | null {
  const { dev, terminals } = places;
  const folder = `/proc/self/fd/${terminals}`;
  const numbers = namesIn(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .toSorted((left, right) => left - right)
    .slice(0, maxTerminals);
  const paths = [...numbers.map((number) => `${folder}/${number}`), `/proc/self/fd/${dev}/console`];
  const inputs = paths.flatMap((path) => inputAt(path, places) ?? []);
  // Where the clock was set back, what was typed before seems to be of a time to come.
  const past = inputs.filter((atMs) => atMs <= Date.now() + granularityMs);
  const counted = past.length > 0 ? past : inputs;
  return counted.length === 0 ? null : Math.max(...counted);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

/** Whatever is mounted on a single terminal is asked for nothing before its kind is known. */
function inputAt(path: string, { isTerminals, hostTerminals }: TerminalsInside): number | null {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, placeOnly | constants.O_NOFOLLOW);
    if (!isTerminals(descriptor)) return null;
    const facts = fstatSync(descriptor);
    if (!facts.isCharacterDevice()) return null;
    // makedev(3): the major number's lower 12 bits are bits 8 to 19.
    const major = (facts.rdev >> 8) & 0xfff;
    if (major < terminalMajors.first || major > terminalMajors.last) return null;
    return facts.dev === hostTerminals ? null : Math.floor(facts.atimeMs);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ContainerId } from '@ds01/contracts';
import type { HostProcesses } from '@ds01/ports';
import { identifyProcess, isProcessAlive } from './gate/process-identity.ts';
import { textOf } from './kernel-files.ts';
import { systemCodeOf } from './storage-errors.ts';

/** What is looked at, and how long is waited. */
export interface LeftBehindOptions {
  readonly containerOf: HostProcesses['containerOf'];
  /** Effective uid of a process; `null` when it has ended. */
  readonly ownerOf: (pid: number) => number | null;
  /** Where the process file system is mounted. */
  readonly processes: string;
  /** How long processes may take to end. */
  readonly patienceMs: number;
  /** How long an engine that learns of the end of a process may take to let go of it. */
  readonly letGoMs: number;
}

/** Processes of containers by their cgroups, and the end of those that the engine has lost. */
export function createLeftBehind(
  options: LeftBehindOptions,
): Pick<HostProcesses, 'ofContainers' | 'endLeftBehind'> {
  const { containerOf, patienceMs, letGoMs } = options;

  const ofContainers: HostProcesses['ofContainers'] = (ids) => {
    const found = new Map<ContainerId, number[]>();
    for (const pid of allPids(options)) {
      const id = containerOf(pid);
      if (id === null || !ids.has(id) || !isAlive(pid)) continue;
      found.set(id, [...(found.get(id) ?? []), pid]);
    }
    return found;
  };

  return {
    ofContainers,
    async endLeftBehind(id) {
      const begin = performance.now();
      let endedAtMs = begin - letGoMs;
      for (;;) {
        const nowMs = performance.now();
        const own = ofContainers(new Set([id])).get(id) ?? [];
        const watching = watchersOf(options, id);
        if (own.length === 0 && watching.length === 0) return [];
        if (nowMs - begin > patienceMs + letGoMs) return [...own, ...watching];
        own.forEach(kill);
        // An engine that sees the end of the process puts the rest in order itself.
        if (own.length > 0) endedAtMs = nowMs;
        else if (nowMs - endedAtMs >= letGoMs) watching.forEach(kill);
        await setTimeout(50);
      }
    },
  };
}

/**
 * containerd's shims of a container: `containerd-shim-runc-v2 -namespace moby -id <id> …` of root,
 * outside any container (containerd: runtime/v2). It ends with its task, or the task with it.
 */
function watchersOf(
  { containerOf, ownerOf, processes, ...rest }: LeftBehindOptions,
  id: ContainerId,
): readonly number[] {
  return allPids({ processes, ...rest }).filter((pid) => {
    const words = textOf(`${processes}/${pid}/cmdline`)?.split('\0') ?? [];
    return (
      basename(words[0] ?? '').startsWith('containerd-shim') &&
      words[words.indexOf('-id') + 1] === id &&
      ownerOf(pid) === 0 &&
      containerOf(pid) === null &&
      isAlive(pid)
    );
  });
}

function allPids({ processes }: Pick<LeftBehindOptions, 'processes'>): readonly number[] {
  return readdirSync(processes)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** A process that is over, but not yet waited for, holds nothing. */
function isAlive(pid: number): boolean {
  const identity = identifyProcess(pid);
  return identity !== null && isProcessAlive(identity);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (systemCodeOf(error) !== 'ESRCH') throw error;
  }
}

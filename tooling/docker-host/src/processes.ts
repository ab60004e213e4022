import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/** Names one process for good: a pid alone is used again sooner or later. */
export const processIdentitySchema = z.object({
  pid: z.number().int().positive(),
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  startTicks: z.string(),
  bootId: z.string(),
});

/** See {@link processIdentitySchema}. */
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** The identity of the live process `pid`; undefined if it is gone or a zombie. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return { pid, startTicks: stat.startTicks, bootId };
}

/** True if exactly this process still runs. */
export function isAlive(identity: ProcessIdentity | undefined): identity is ProcessIdentity {
  if (identity === undefined) return false;
  const now = identifyProcess(identity.pid);
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** What {@link relatedProcesses} looks for; a process that matches any of them is related. */
export interface ProcessCriteria {
  /** Pids that belong to the host for sure: those in its cgroup folder. */
  readonly seeds: ReadonlySet<number>;
  /** Value of `DS01_HOST_ID` in a process's environment. */
  readonly hostId: string | undefined;
  /**
   * Names (`net:[...]`, `mnt:[...]`) of the namespaces that were made for the host. Used as long as
   * one of its sure processes is in them: the kernel gives a dead namespace's name to a new one.
   */
  readonly namespaces: readonly string[];
}

/**
 * The live processes of a host: the seeds, those that carry its id, and those in its namespaces.
 * Never this process or one of its ancestors.
 */
export function relatedProcesses(criteria: ProcessCriteria): readonly number[] {
  const spared = ancestors();
  const pids = allPids().filter((pid) => !spared.has(pid) && identifyProcess(pid) !== undefined);
  const isSure = (pid: number): boolean =>
    criteria.seeds.has(pid) || carriesId(pid, criteria.hostId);
  const alive = new Set(pids.filter(isSure).flatMap(namespacesOf));
  const namespaces = criteria.namespaces.filter((name) => alive.has(name));
  return pids.filter(
    (pid) => isSure(pid) || namespacesOf(pid).some((name) => namespaces.includes(name)),
  );
}

/**
 * Ends processes for good: SIGKILL at once for those of which `isOurs` says so, SIGTERM first and
 * two seconds of grace for the others. `find` is asked again until it finds none.
 *
 * @returns the pids that are still there after `timeoutMs`
 */
export async function endProcesses(
  find: () => readonly number[],
  isOurs: (pid: number) => boolean,
  timeoutMs: number,
): Promise<readonly number[]> {
  const begin = performance.now();
  const asked = new Set<number>();
  for (;;) {
    const pids = find();
    const elapsedMs = performance.now() - begin;
    if (pids.length === 0 || elapsedMs > timeoutMs) return pids;
    for (const pid of pids) {
      const force = isOurs(pid) || elapsedMs > 2_000;
      if (force) sendSignal(pid, 'SIGKILL');
      else if (!asked.has(pid)) sendSignal(pid, 'SIGTERM');
      asked.add(pid);
    }
    await delay(20);
  }
}

/** Sends a signal; a process that is gone already is fine. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function ancestors(): ReadonlySet<number> {
  const pids = new Set<number>([1]);
  for (let pid = process.pid; pid > 1; pid = readStat(pid)?.parent ?? 0) pids.add(pid);
  return pids;
}

/** Names of the network and mount namespace of a process; empty if it is gone. */
export function namespacesOf(pid: number): readonly string[] {
  return ['net', 'mnt'].flatMap((kind) => {
    try {
      return [readlinkSync(`/proc/${String(pid)}/ns/${kind}`)];
    } catch {
      // Gone meanwhile, or a zombie, which has none.
      return [];
    }
  });
}

function carriesId(pid: number, hostId: string | undefined): boolean {
  if (hostId === undefined) return false;
  try {
    const environment = readFileSync(`/proc/${String(pid)}/environ`, 'latin1').split('\0');
    return environment.includes(`DS01_HOST_ID=${hostId}`);
  } catch {
    return false;
  }
}

function readStat(pid: number): { state: string; parent: number; startTicks: string } | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    // The name in parentheses may hold anything: fields count from the last parenthesis.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, parent, startTicks] = [fields[0], fields[1], fields[19]];
    if (state === undefined || startTicks === undefined) return undefined;
    return { state, parent: Number(parent), startTicks };
  } catch {
    return undefined;
  }
}

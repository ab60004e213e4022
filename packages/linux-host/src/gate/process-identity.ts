import { readFileSync } from 'node:fs';

/** One process for good: its number can be given out again, together with its start it can't. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start in clock ticks since boot: field 22 of `/proc/<pid>/stat` (proc_pid_stat(5)). */
  readonly startTicks: string;
}

interface ProcessStatus extends ProcessIdentity {
  readonly isOver: boolean;
}

/**
 * Who has this number now, in the process file system that is mounted at `processes`; `null` when
 * there is no such process. Other failures are thrown.
 */
export function identifyProcess(pid: number, processes = '/proc'): ProcessIdentity | null {
  const status = readStatus(pid, processes);
  return status === null ? null : { pid, startTicks: status.startTicks };
}

/** True while a thread of exactly this process runs. A zombie without threads is over. */
export function isProcessAlive(identity: ProcessIdentity): boolean {
  const status = readStatus(identity.pid, '/proc');
  return status !== null && status.startTicks === identity.startTicks && !status.isOver;
}

function readStatus(pid: number, processes: string): ProcessStatus | null {
  const text = readStat(`${processes}/${pid}/stat`);
  if (text === null) return null;
  // The command name is in brackets and may hold brackets and spaces itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, threadCount, startTicks] = [fields[0], fields[17], fields[19]];
  if (startTicks === undefined || !/^\d+$/.test(startTicks)) {
    throw new Error(`${processes}/${pid}/stat has an unknown form`);
  }
  // The main thread may end before the others: a zombie with more than one thread still runs.
  const isOver = state === 'X' || (state === 'Z' && Number(threadCount) <= 1);
  return { pid, startTicks, isOver };
}

function readStat(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import type { Clock } from '@ds01/ports';

/** How a bounded command ended. */
export type CommandOutcome =
  | {
      readonly kind: 'exited';
      /** `null` when a signal ended it. */
      readonly code: number | null;
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'output-too-long' }
  /** It could not be started; `code` is the system's, for example `ENOENT`. */
  | { readonly kind: 'not-started'; readonly code: string };

/** Runs a program with these arguments; never rejects. */
export type CommandRunner = (args: readonly string[]) => Promise<CommandOutcome>;

/** Which program to run and its bounds. */
export interface CommandBounds {
  readonly path: string;
  readonly timeoutMs: number;
  /** Of both streams together. */
  readonly maxOutputBytes: number;
  /** The program's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Kills what runs when it aborts, and lets nothing start any more. */
  readonly signal?: AbortSignal;
}

/** More programs than one reading has that were killed and still are not gone: start no others. */
const maxUndying = 4;

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}

/** Lets go of a program that doesn't die (uninterruptible sleep in the driver) or keeps its pipes. */
function abandon(child: ChildProcess): void {
  killGroup(child);
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}

interface Collected {
  readonly stdout: Buffer[];
  readonly stderr: Buffer[];
}

/** Gathers both streams; calls `tooLong` once the bound is passed. */
function collect(child: ChildProcess, maxBytes: number, tooLong: () => void): Collected {
  const collected: Collected = { stdout: [], stderr: [] };
  let bytes = 0;
  const into = (chunks: Buffer[]) => (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) tooLong();
    else chunks.push(chunk);
  };
  child.stdout?.on('data', into(collected.stdout));
  child.stderr?.on('data', into(collected.stderr));
  return collected;
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * A runner whose programs get a process group of their own, no input and nothing of this process's
 * environment. When time or output runs out the whole group is killed and the outcome is there at
 * once, whether or not the program dies of it.
 */
export function createCommandRunner(bounds: CommandBounds): CommandRunner {
  const undying = new Set<ChildProcess>();
  return (args) => {
    if (undying.size >= maxUndying || bounds.signal?.aborted === true) {
      return Promise.resolve({ kind: 'timed-out' });
    }
    return new Promise((resolve) => {
      const timer = new AbortController();
      const child = spawn(bounds.path, args, {
        cwd: '/',
        env: { ...bounds.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      const end = (): void => giveUp({ kind: 'timed-out' });
      bounds.signal?.addEventListener('abort', end, { once: true });
      const settle = (outcome: CommandOutcome): void => {
        bounds.signal?.removeEventListener('abort', end);
        timer.abort();
        resolve(outcome);
      };
      const giveUp = (outcome: CommandOutcome): void => {
        if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
          undying.add(child);
        }
        abandon(child);
        settle(outcome);
      };
      const collected = collect(child, bounds.maxOutputBytes, () =>
        giveUp({ kind: 'output-too-long' }),
      );
      child.once('exit', () => undying.delete(child));
      child.once('error', (error: NodeJS.ErrnoException) =>
        settle({ kind: 'not-started', code: error.code ?? error.message }),
      );
      child.once('close', (code) =>
        settle({
          kind: 'exited',
          code,
          stdout: textOf(collected.stdout),
          stderr: textOf(collected.stderr),
        }),
      );
      bounds.clock.sleep(bounds.timeoutMs, timer.signal).then(
        () => giveUp({ kind: 'timed-out' }),
        () => undefined,
      );
    });
  };
}

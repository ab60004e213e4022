import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { HostAccount } from '@ds01/ports';
import { endChild, startScript } from './child.ts';

/** A program that runs as a person, connected. */
export interface RunningProgram {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** What it said on stderr, its first 4 KiB, once it has ended; with its exit code. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly errors: string }>;
  /** Ends it and all that it started. */
  end(): void;
}

const maxErrorBytes = 4096;

/**
 * Starts a program with a person's rights, and with nothing of this process's environment; for what is
 * too much to be kept in memory. `command` is a path or a name in the system's folders, and its
 * parameters. Whoever starts it ends it.
 */
export function startProgramOf(account: HostAccount, command: readonly string[]): RunningProgram {
  const child = startScript(account, { text: 'exec "$@"', parameters: command });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('a program without streams');
  // It may end without reading what it is given.
  stdin.on('error', () => undefined);
  return { stdin, stdout, ended: endOf(child), end: () => endChild(child) };
}

async function endOf(
  child: ChildProcess,
): Promise<{ readonly exitCode: number | null; readonly errors: string }> {
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(0, maxErrorBytes);
  });
  await once(child, 'close');
  return { exitCode: child.exitCode, errors: errors.trim() };
}

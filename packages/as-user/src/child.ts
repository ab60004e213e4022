import { spawn, type ChildProcess } from 'node:child_process';
import { Buffer } from 'node:buffer';
import { closeSync, constants, openSync, readdirSync, readFileSync } from 'node:fs';
import { ds01Error, type Ds01Error } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';

/** How long a step in a person's tree may take. */
export interface WaitOptions {
  /** Milliseconds; 10,000 unless told. For a folder on a server that doesn't answer. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A shell script of ours, with what it needs as `$1`, `$2`, ...: never as a part of its text. */
export interface Script {
  readonly text: string;
  readonly parameters: readonly string[];
}

/** Where system programs are, and messages in a language that can be told apart. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
} as const;

const defaultTimeoutMs = 10_000;
const maxErrorBytes = 4096;

/**
 * Starts a script as the account, with all its groups, and without anything of this process: no
 * environment, no descriptor, no capability, no way to gain one. A process that isn't root's can act
 * for itself only. `null` is this process's own account.
 */
export function startScript(account: HostAccount | null, script: Script): ChildProcess {
  const shell = ['/bin/sh', '-c', script.text, 'sh', ...script.parameters] as const;
  const [command, ...parameters] = [...identity(account), ...shell];
  const nothing = openSync('/dev/null', constants.O_RDONLY);
  try {
    return spawn(command ?? '/bin/sh', parameters, {
      cwd: '/',
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe', ...overInherited(nothing)],
      // A group of its own, so that a program that hangs goes with the shell that waits for it.
      detached: true,
    });
  } finally {
    closeSync(nothing);
  }
}

function identity(account: HostAccount | null): readonly string[] {
  const ownUid = process.geteuid?.();
  if (account === null || (ownUid !== 0 && ownUid === account.uid)) return [];
  if (ownUid !== 0) throw new Error(`only root can act for ${account.name}`);
  const groups =
    account.groupIds.length === 0 ? '--clear-groups' : `--groups=${account.groupIds.join(',')}`;
  const rights = ['--inh-caps=-all', '--no-new-privs'];
  return ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, groups, ...rights, '--'];
}

/** Linux's O_CLOEXEC, as proc_pid_fdinfo(5) shows it. */
const closeOnExec = 0o2_000_000;

/**
 * Puts nothing where this process has descriptors that every child would get: Node opens its own
 * otherwise, but has some from who started it.
 */
function overInherited(nothing: number): readonly number[] {
  const inherited = readdirSync('/proc/self/fd').map(Number).filter(isInherited);
  return Array.from({ length: Math.max(2, ...inherited) - 2 }, () => nothing);
}

function isInherited(descriptor: number): boolean {
  try {
    const information = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
    const flags = /^flags:\s*([0-7]+)$/m.exec(information)?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    // The one that the folder was read by is gone.
    return false;
  }
}

/** True until the end of the child has been seen: its process number is nobody else's so far. */
export function isOurs(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Ends the child and all that it started. */
export function endChild(child: ChildProcess): void {
  if (!isOurs(child)) return;
  try {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/** What a wait may end with, besides what is waited for. `subject` is for the message. */
export interface Wait extends WaitOptions {
  readonly subject: string;
}

/**
 * Waits until `isComplete` says of the child's whole output so far that it is enough, or the child
 * ends. Fails with `operation.timed-out`, `operation.interrupted`, or `internal.unexpected` when the
 * child can't be started or ends in failure before that.
 */
export function outputOf(
  child: ChildProcess,
  isComplete: (output: Buffer) => boolean,
  wait: Wait,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const timeoutMs = wait.timeoutMs ?? defaultTimeoutMs;
  const timer = setTimeout(() => reject(tooSlow(wait.subject, timeoutMs)), timeoutMs);
  const interrupt = (): void => reject(interrupted(wait.subject));
  if (wait.signal?.aborted === true) interrupt();
  wait.signal?.addEventListener('abort', interrupt, { once: true });
  let output = Buffer.alloc(0);
  let errors = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    output = Buffer.concat([output, bytes]);
    if (isComplete(output)) resolve(output);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(0, maxErrorBytes);
  });
  // The child may end without reading what it is given.
  child.stdin?.on('error', () => undefined);
  child.on('error', reject);
  child.on('close', (status) => {
    if (status === 0) resolve(output);
    else reject(failed(wait.subject, errors.trim()));
  });
  return promise.finally(() => {
    clearTimeout(timer);
    wait.signal?.removeEventListener('abort', interrupt);
  });
}

function tooSlow(subject: string, timeoutMs: number): Ds01Error {
  return ds01Error('operation.timed-out', {
    message: `${subject} took longer than ${timeoutMs / 1000} s to answer.`,
    details: { subject, timeoutMs },
  });
}

function interrupted(subject: string): Ds01Error {
  return ds01Error('operation.interrupted', {
    message: `Waiting for ${subject} was interrupted.`,
    details: { subject },
  });
}

function failed(subject: string, reason: string): Ds01Error {
  return ds01Error('internal.unexpected', {
    message: `${subject} could not be reached as its owner: ${reason}`,
    hint: 'ds01 doctor',
    details: { subject, reason },
  });
}

import { PassThrough, type Readable, type Writable } from 'node:stream';
import { ds01Error } from '@ds01/contracts';
import type { EngineSession, TerminalSize } from '@ds01/ports';

/** A process that the in-memory engine is asked to run. */
export interface InMemoryProcess {
  readonly kind: 'main' | 'exec';
  readonly containerId: string;
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly user: string;
  readonly tty: boolean;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborts when the process is killed; the reason is the signal's name. */
  readonly killed: AbortSignal;
  readonly size: () => TerminalSize | null;
}

/** Runs a process and gives its exit code. A killed process's exit code is the signal's. */
export type RunProcess = (process: InMemoryProcess) => Promise<number>;

/** A process under way. */
export interface RunningProcess {
  readonly stdin: PassThrough;
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
  readonly ended: Promise<number>;
  resize(size: TerminalSize): void;
  /** Signals that don't end a process are ignored. */
  kill(signal: string): void;
  /** Ends it with this code whatever it does. */
  finish(code: number): void;
}

const endingSignals: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGTERM: 15,
};

/** Starts a process. */
export function startProcess(
  run: RunProcess,
  facts: Omit<InMemoryProcess, 'stdin' | 'stdout' | 'stderr' | 'killed' | 'size'>,
  initialSize: TerminalSize | null,
): RunningProcess {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const killing = new AbortController();
  const { promise: forced, resolve: finish } = Promise.withResolvers<number>();
  let size = initialSize;
  const own = run({
    ...facts,
    stdin,
    stdout,
    stderr: facts.tty ? stdout : stderr,
    killed: killing.signal,
    size: () => size,
  });
  const ended = Promise.race([own, forced]).finally(() => {
    stdout.end();
    stderr.end();
  });
  ended.catch(() => undefined);
  return {
    stdin,
    stdout,
    stderr,
    ended,
    finish,
    resize(next) {
      size = next;
    },
    kill(signal) {
      const name = signal.startsWith('SIG') ? signal : `SIG${signal}`;
      const number = endingSignals[name];
      if (number === undefined) return;
      killing.abort(name);
      finish(128 + number);
    },
  };
}

/** What somebody sees of a process: its streams, until it ends, or closes or aborts the session. */
export function sessionOn(
  process: RunningProcess,
  options: {
    readonly stdin: boolean;
    readonly stdout: PassThrough;
    readonly stderr: PassThrough;
    readonly exitCode: Promise<number | null>;
    readonly signal: AbortSignal | undefined;
  },
): EngineSession {
  const { stdout, stderr } = options;
  const { promise: dropped, resolve: close, reject: abort } = Promise.withResolvers<null>();
  const onAbort = (): void => {
    const failure = ds01Error('operation.interrupted', { message: 'The session was interrupted.' });
    stdout.destroy(failure);
    stderr.destroy(failure);
    abort(failure);
  };
  for (const output of [stdout, stderr]) output.on('error', () => undefined);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const exited = Promise.race([options.exitCode, dropped]).finally(() => {
    options.signal?.removeEventListener('abort', onAbort);
  });
  exited.catch(() => undefined);
  return {
    stdin: options.stdin ? process.stdin : null,
    stdout,
    stderr,
    resize(size) {
      process.resize(size);
      return Promise.resolve();
    },
    signal(name) {
      process.kill(name);
      return Promise.resolve();
    },
    exited,
    close() {
      stdout.end();
      stderr.end();
      close(null);
    },
  };
}

/** Runs until killed; the exit code is that of the signal. */
export const runUntilKilled: RunProcess = (process) => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const onKilled = (): void => {
    resolve(128 + (endingSignals[String(process.killed.reason)] ?? 9));
  };
  process.killed.addEventListener('abort', onKilled, { once: true });
  return promise;
};

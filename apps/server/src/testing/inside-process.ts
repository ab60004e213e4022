import { PassThrough } from 'node:stream';
import type { EngineSession, TerminalSize } from '@ds01/ports';

/** A process inside that a test plays, and what it was told. */
export interface InsideProcess {
  readonly session: EngineSession;
  readonly stdin: PassThrough;
  readonly stdout: PassThrough;
  readonly sizes: readonly TerminalSize[];
  readonly signals: readonly string[];
  /** Resolves when its connection is dropped. */
  readonly closed: Promise<void>;
  end(exitCode: number): void;
}

/** A process at a terminal that says nothing by itself. */
export function createInsideProcess(): InsideProcess {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const sizes: TerminalSize[] = [];
  const signals: string[] = [];
  const { promise: exited, resolve } = Promise.withResolvers<number | null>();
  const dropped = Promise.withResolvers<void>();
  const session: EngineSession = {
    stdin,
    stdout,
    stderr,
    tty: true,
    resize: async (size) => void sizes.push(size),
    signal: async (name) => void signals.push(name),
    exited,
    close: () => {
      resolve(null);
      dropped.resolve();
    },
  };
  return {
    session,
    stdin,
    stdout,
    sizes,
    signals,
    closed: dropped.promise,
    end: (exitCode) => {
      stdout.end();
      stderr.end();
      resolve(exitCode);
    },
  };
}

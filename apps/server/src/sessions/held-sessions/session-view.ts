import { PassThrough, Readable, Writable } from 'node:stream';
import type { EngineSession } from '@ds01/ports';

/** What a connection asks of the session that it looks at. */
export interface ViewedSession {
  /** The connection has room for output. */
  readonly wantsMore: () => void;
  /** Input; resolves when there may be more. */
  readonly type: (bytes: Uint8Array) => Promise<void>;
  readonly resize: EngineSession['resize'];
  readonly signal: EngineSession['signal'];
  /** The connection is over. */
  readonly left: () => void;
}

/** One connection with a session that outlives it. */
export interface SessionView {
  /** As its client has it; its input's end and its `close()` leave the session alone. */
  readonly session: EngineSession;
  /** False when the client has to read first. */
  push(bytes: Uint8Array): boolean;
  /** The process ended. */
  finish(exitCode: number | null): void;
  /** The connection ends with an error. */
  fail(error: unknown): void;
}

const bufferBytes = 262_144;

/** A connection to a session at a terminal. */
export function createSessionView(viewed: ViewedSession): SessionView {
  const stdout = new Readable({ highWaterMark: bufferBytes, read: () => viewed.wantsMore() });
  const stderr = new PassThrough();
  stderr.end();
  const stdin = new Writable({
    highWaterMark: bufferBytes,
    write: (bytes: Uint8Array, _encoding, done) => {
      viewed.type(bytes).then(() => done(), done);
    },
  });
  const { promise: exited, resolve, reject } = Promise.withResolvers<number | null>();
  exited.catch(() => undefined);
  for (const stream of [stdin, stdout]) stream.on('error', () => undefined);
  let over = false;
  const end = (): boolean => {
    const first = !over;
    over = true;
    return first;
  };
  return {
    session: {
      stdin,
      stdout,
      stderr,
      tty: true,
      resize: (size) => viewed.resize(size),
      signal: (name) => viewed.signal(name),
      exited,
      close: () => {
        if (!end()) return;
        stdout.push(null);
        resolve(null);
        viewed.left();
      },
    },
    push: (bytes) => over || stdout.push(bytes),
    finish: (exitCode) => {
      if (!end()) return;
      stdout.push(null);
      resolve(exitCode);
    },
    fail: (error) => {
      if (!end()) return;
      stdout.destroy(error instanceof Error ? error : new Error(String(error)));
      reject(error);
    },
  };
}

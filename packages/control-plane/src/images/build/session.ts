import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { ds01Error, type BuildEvent } from '@ds01/contracts';
import type { EngineSession } from '@ds01/ports';

/** What a build is connected with. */
export interface BuildConnection {
  /** The context as it arrives. */
  readonly context: AsyncIterable<Uint8Array>;
  /** Tells whoever is connected; resolves when they have room for more. */
  readonly emit: (event: BuildEvent) => Promise<void>;
  /** Aborts when the session is closed, told to end, or its request aborts. */
  readonly signal: AbortSignal;
}

const bufferBytes = 262_144;

/**
 * A build as a session: the context is its input, events as lines of JSON its output. Closing it
 * cancels the build and `exited` is `null`; SIGINT and the like cancel it, too, and then it fails with
 * `operation.interrupted`. `exited` settles when everything is undone.
 */
export function buildSession(
  work: (connection: BuildConnection) => Promise<void>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): EngineSession {
  const stdin = new PassThrough({ highWaterMark: bufferBytes });
  const stdout = new PassThrough({ highWaterMark: bufferBytes });
  const stderr = new PassThrough();
  stderr.end();
  const controller = new AbortController();
  let isClosed = false;
  const cancel = (reason: unknown = cancelled()): void => {
    if (controller.signal.aborted) return;
    controller.abort(reason);
    stdin.destroy();
  };
  const abort = (): void => cancel(options.signal?.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  if (options.signal?.aborted === true) abort();
  stdin.on('error', () => undefined);
  stdout.on('error', () => undefined);
  const { signal } = controller;
  const emit = async (event: BuildEvent): Promise<void> => {
    if (isClosed || stdout.destroyed || stdout.writableEnded) return;
    if (stdout.write(`${JSON.stringify(event)}\n`)) return;
    await once(stdout, 'drain', { signal }).catch(() => undefined);
  };
  const run = async (): Promise<number | null> => {
    try {
      await work({ context: stdin, emit, signal });
      return 0;
    } catch (error) {
      if (isClosed) return null;
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', abort);
      stdin.destroy();
      stdout.end();
      if (isClosed) stdout.resume();
    }
  };
  const exited = run();
  exited.catch(() => undefined);
  return {
    stdin,
    stdout,
    stderr,
    tty: false,
    resize: async () => undefined,
    signal: async () => cancel(),
    exited,
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}

function cancelled() {
  return ds01Error('operation.interrupted', { message: 'The build was cancelled.' });
}

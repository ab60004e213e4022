import { Writable, type Duplex } from 'node:stream';
import type { EngineSession, TerminalSize } from '@ds01/ports';
import { brokenConnection } from './engine-errors.ts';
import { asStandardOutput, createSplitter, shareOutputs } from './output-frames.ts';

/** What turns a taken-over connection into a session. */
export interface SessionOptions {
  readonly socket: Duplex;
  readonly socketPath: string;
  readonly path: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  resize(size: TerminalSize): Promise<void>;
  signal(name: string): Promise<void>;
  /** Whether the process is gone; asked while its output waits for a reader. */
  hasEnded(): Promise<boolean>;
  /** Asked once, after both outputs ended by themselves; the signal is the session's `close()`. */
  exitCode(closing: AbortSignal): Promise<number | null>;
}

/**
 * Both directions of a process over one connection. Standard output and error share it: while one
 * of them isn't read, the other waits too. `exited` is `null` after `close()`, and rejects when the
 * connection broke or the signal aborted; the outputs are then destroyed with the same error.
 */
export function createSession(options: SessionOptions): EngineSession {
  const { socket } = options;
  const split = options.tty ? asStandardOutput : createSplitter();
  const { stdout, stderr, received } = shareOutputs(socket, split, () => options.hasEnded());
  const closing = new AbortController();
  const endOutputs = (): void => {
    for (const output of [stdout, stderr]) if (!output.destroyed) output.push(null);
  };

  async function run(): Promise<number | null> {
    await received;
    endOutputs();
    return closing.signal.aborted ? null : options.exitCode(closing.signal);
  }

  async function settle(): Promise<number | null> {
    try {
      return await run();
    } catch (error) {
      if (closing.signal.aborted) {
        endOutputs();
        return null;
      }
      const request = { method: 'POST', path: options.path };
      const failure = brokenConnection(error, options.socketPath, request);
      stdout.destroy(failure);
      stderr.destroy(failure);
      throw failure;
    } finally {
      socket.destroy();
    }
  }

  // A failure rejects `exited` too, and a reader may destroy its stream: neither may end the program.
  for (const output of [stdout, stderr]) output.on('error', () => undefined);
  const exited = settle();
  exited.catch(() => undefined);
  return {
    stdin: options.stdin ? inputOf(socket) : null,
    stdout,
    stderr,
    resize: (size) => options.resize(size),
    signal: (name) => options.signal(name),
    exited,
    close() {
      closing.abort();
      socket.destroy();
    },
    descriptor: () => descriptorOf(socket),
  };
}

/** Node has no public way to the descriptor of a socket. */
function descriptorOf(socket: Duplex): number | null {
  const handle: unknown = socket.destroyed ? null : Reflect.get(socket, '_handle');
  const descriptor: unknown =
    typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : null;
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : null;
}

const inputBufferBytes = 262_144;

/**
 * Input of the process. Ending it closes that half of the connection only. What is written after
 * the process ended is dropped, as a shell's pipe would. The next piece is taken while the last one is
 * on its way, as long as the connection has room.
 */
function inputOf(socket: Duplex): Writable {
  let waiting: (() => void) | null = null;
  const goOn = (): void => {
    const done = waiting;
    waiting = null;
    done?.();
  };
  socket.on('drain', goOn);
  socket.on('close', goOn);
  return new Writable({
    highWaterMark: inputBufferBytes,
    write(chunk: Uint8Array, _encoding, done) {
      if (!socket.writable) return done();
      socket.write(chunk);
      if (socket.writableLength < inputBufferBytes) return done();
      waiting = done;
      return undefined;
    },
    final(done) {
      if (!socket.writable) return done();
      socket.end(() => done());
      return undefined;
    },
  });
}

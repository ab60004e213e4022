import type { SessionSignal } from '@ds01/contracts';
import {
  createFrameReader,
  createTaken,
  createWindow,
  errorOfProblem,
  frameHeader,
  frameKinds,
  jsonFrame,
} from '@ds01/contracts/core';
import { parsedOrNull, understood } from './answers.ts';
import type { loadSchemas } from './load-schemas.ts';
import { createPulledOutput } from './pulled-output.ts';

/** A running process, connected, with the streams of the web. */
export interface WebSession {
  /** Input of the process; closing it is the end of its input. What comes after its end is dropped. */
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  /** Empty under a terminal, where both come through `stdout`. */
  readonly stderr: ReadableStream<Uint8Array>;
  /** Whether the process has a terminal of its own; `null` for what is no process. */
  readonly tty: boolean | null;
  /** Says how large the terminal is. */
  resize(size: { readonly columns: number; readonly rows: number }): Promise<void>;
  /** Sends a signal to the process; one that ended is fine. */
  signal(name: SessionSignal): Promise<void>;
  /**
   * Exit code; `null` when this side closed, or where none is known. Rejects with the daemon’s error, and
   * with `daemon.unreachable` when the connection is lost.
   */
  readonly exited: Promise<number | null>;
  /** Drops the connection: a process is left alone, a build is cancelled. */
  close(): void;
}

/** Bytes of output that may be under way to a page that reads slowly. */
export const outputWindowBytes = 1_048_576;

/** Longest part of input that is sent as one message. */
const partBytes = 65_536;

/** A session that is open, and what its WebSocket is to tell it. */
export interface ConnectedSession {
  readonly session: Omit<WebSession, 'tty'>;
  /** A binary message. Throws for what are no frames. */
  readonly receive: (message: Uint8Array) => void;
  /** How much of the input the daemon has taken. */
  readonly taken: (total: number) => void;
  /** The connection is over, and why. */
  readonly lose: (error: Error) => void;
}

/** A session over a WebSocket whose other side holds at most `inputWindowBytes` of input. */
export function connectWebSession(
  socket: Pick<WebSocket, 'send' | 'close' | 'readyState' | 'OPEN'>,
  options: {
    readonly inputWindowBytes: number;
    readonly schemas: Awaited<ReturnType<typeof loadSchemas>>;
  },
): ConnectedSession {
  const { exitFrameSchema, problemSchema } = options.schemas;
  const input = createWindow(options.inputWindowBytes);
  const send = (frame: Uint8Array<ArrayBuffer>): void => {
    if (socket.readyState !== socket.OPEN) return;
    input.sent(frame.length);
    socket.send(frame);
  };
  const take = createTaken(outputWindowBytes, (taken) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ taken }));
  });
  const [stdout, stderr] = [createPulledOutput(take), createPulledOutput(take)];
  const endOutputs = (): void => {
    stdout.end();
    stderr.end();
  };
  let settle: (outcome: { readonly exitCode: number | null } | { readonly error: Error }) => void;
  const exited = new Promise<number | null>((resolve, reject) => {
    settle = (outcome) => {
      endOutputs();
      socket.close();
      if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.exitCode);
    };
  });
  const over = exited.then(
    () => undefined,
    () => undefined,
  );
  const receive = (message: Uint8Array): void => {
    let ofOutputs = 0;
    for (const { kind, bytes } of reader.push(message)) {
      if (kind === frameKinds.stdout || kind === frameKinds.stderr) {
        ofOutputs += bytes.length;
        (kind === frameKinds.stdout ? stdout : stderr).add(bytes);
      } else if (kind === frameKinds.outputEnd) {
        endOutputs();
      } else if (kind === frameKinds.exit) {
        settle(understood(exitFrameSchema.safeParse(jsonIn(bytes))));
      } else {
        settle({ error: errorOfProblem(understood(problemSchema.safeParse(jsonIn(bytes)))) });
      }
    }
    take(message.length - ofOutputs);
  };
  const reader = createFrameReader();
  const stdin = new WritableStream<Uint8Array>({
    async write(bytes) {
      for (let at = 0; at < bytes.length; at += partBytes) {
        await Promise.race([new Promise<void>((resolve) => input.whenOpen(resolve)), over]);
        send(stdinFrame(bytes.subarray(at, at + partBytes)));
      }
    },
    close: () => send(stdinFrame(new Uint8Array(0))),
  });
  return {
    session: {
      stdin,
      stdout: stdout.readable,
      stderr: stderr.readable,
      resize: async ({ columns, rows }) => send(json(frameKinds.resize, { columns, rows })),
      signal: async (name) => send(json(frameKinds.signal, name)),
      exited,
      close: () => settle({ exitCode: null }),
    },
    receive,
    taken: (total) => input.taken(total),
    lose: (error) => settle({ error }),
  };
}

function stdinFrame(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = frameHeader(frameKinds.stdin, bytes.length);
  const frame = new Uint8Array(header.length + bytes.length);
  frame.set(header);
  frame.set(bytes, header.length);
  return frame;
}

function json(kind: 3 | 4, value: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(jsonFrame(kind, value));
}

function jsonIn(bytes: Uint8Array): unknown {
  return parsedOrNull(new TextDecoder().decode(bytes));
}

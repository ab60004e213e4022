import { PassThrough, Writable, type Duplex } from 'node:stream';
import { once } from 'node:events';
import {
  createFrameReader,
  ds01Error,
  errorOfProblem,
  exitFrameSchema,
  frameHeader,
  frameKinds,
  jsonFrame,
  maxFrameBytes,
  problemSchema,
  type FramePiece,
} from '@ds01/contracts';
import type { ApiSession } from '@ds01/ports';

/** Connections whose process may be told nothing more have been closed. */
const noReader = (stream: { readonly destroyed: boolean }): boolean => stream.destroyed;

/**
 * A session over an upgraded connection. A connection that breaks before the exit code came rejects
 * `exited` with `daemon.unreachable`: the process inside goes on.
 */
export function createClientSession(socket: Duplex, head: Uint8Array): ApiSession {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  let closed = false;
  const receive = async (): Promise<number | null> => {
    const reader = createFrameReader();
    const handle = async (chunk: Uint8Array): Promise<number | null | undefined> => {
      for (const piece of reader.push(chunk)) {
        const end = ending(piece);
        if (end !== undefined) return end;
        const target = piece.kind === frameKinds.stdout ? stdout : stderr;
        if (!noReader(target) && !target.write(piece.bytes)) await drained(target, socket);
      }
      return undefined;
    };
    const early = head.length === 0 ? undefined : await handle(head);
    if (early !== undefined) return early;
    for await (const chunk of socket) {
      const end = await handle(chunk);
      if (end !== undefined) return end;
    }
    throw lost();
  };
  const exited = receive()
    .catch((error: unknown) => {
      if (closed) return null;
      throw error instanceof Error && Reflect.get(error, 'code') === 'ECONNRESET' ? lost() : error;
    })
    .finally(() => {
      stdout.end();
      stderr.end();
      socket.destroy();
    });
  exited.catch(() => undefined);
  socket.on('error', () => undefined);
  const send = async (frame: Uint8Array): Promise<void> => {
    if (socket.writable) socket.write(frame);
  };
  return {
    stdin: inputOf(socket),
    stdout,
    stderr,
    resize: ({ columns, rows }) => send(jsonFrame(frameKinds.resize, { columns, rows })),
    signal: (name) => send(jsonFrame(frameKinds.signal, name)),
    exited,
    close: () => {
      closed = true;
      socket.destroy();
    },
  };
}

/** The exit code in a last frame; `undefined` for frames of output. */
function ending({ kind, bytes }: FramePiece): number | null | undefined {
  if (kind === frameKinds.exit) return exitFrameSchema.parse(jsonOf(bytes)).exitCode;
  if (kind === frameKinds.error) throw errorOfProblem(problemSchema.parse(jsonOf(bytes)));
  return undefined;
}

function jsonOf(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}

async function drained(target: PassThrough, socket: Duplex): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    await Promise.race([
      once(target, 'drain', { signal }),
      once(target, 'close', { signal }),
      once(socket, 'close', { signal }),
    ]);
  } finally {
    controller.abort();
  }
}

/** Input of the process; what is written after it ended is dropped, as a shell's pipe would. */
function inputOf(socket: Duplex): Writable {
  return new Writable({
    highWaterMark: 262_144,
    write(chunk: Uint8Array, _encoding, done) {
      if (!socket.writable) return done();
      socket.cork();
      for (let at = 0; at < chunk.length; at += maxFrameBytes) {
        const part = chunk.subarray(at, at + maxFrameBytes);
        socket.write(frameHeader(frameKinds.stdin, part.length));
        socket.write(part);
      }
      if (socket.writableNeedDrain) socket.once('drain', () => done());
      else done();
      socket.uncork();
      return undefined;
    },
    final(done) {
      if (!socket.writable) return done();
      socket.write(frameHeader(frameKinds.stdin, 0), () => done());
      return undefined;
    },
  });
}

function lost() {
  return ds01Error('daemon.unreachable', {
    message: 'The connection to the DS01 daemon was lost; the process inside goes on.',
    hint: 'ds01 container list',
  });
}

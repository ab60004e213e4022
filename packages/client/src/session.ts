import { Readable, Writable, type Duplex } from 'node:stream';
import type { FramePiece } from '@ds01/contracts';
import {
  createFrameReader,
  errorOfProblem,
  frameHeader,
  frameKinds,
  jsonFrame,
  maxFrameBytes,
} from '@ds01/contracts/core';
import type { ApiSession } from '@ds01/ports';
import { createBufferCollector } from './free-buffers.ts';
import { loadSchemas } from './load-schemas.ts';
import { lostConnection, type LostWork } from './lost-connection.ts';

const passed = createBufferCollector();

/** How much output, and how much input, is kept for whoever reads slowly. */
const bufferBytes = 262_144;

/**
 * A session over an upgraded connection. A connection that breaks before the exit code came rejects
 * `exited` with `daemon.unreachable`, which says what became of the work.
 */
export function createClientSession(
  socket: Duplex,
  head: Uint8Array,
  work: LostWork = 'goes-on',
): ApiSession {
  const { stdout, stderr, end } = receiveOutputs(socket, head, work);
  let closed = false;
  const exited = end
    .catch((error: unknown) => {
      if (closed) return null;
      throw error;
    })
    .finally(() => {
      for (const output of [stdout, stderr]) {
        if (!output.destroyed && !output.readableEnded) output.push(null);
      }
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

/** The exit code in a last frame; throws the error in it. */
async function endingOf({ kind, bytes }: FramePiece): Promise<number | null> {
  const { exitFrameSchema, problemSchema } = await loadSchemas();
  if (kind === frameKinds.exit) return exitFrameSchema.parse(jsonOf(bytes)).exitCode;
  throw errorOfProblem(problemSchema.parse(jsonOf(bytes)));
}

function jsonOf(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/**
 * The process's outputs, read from the connection as fast as both are read, and its end: the exit
 * code, or the error that came instead of it.
 */
function receiveOutputs(socket: Duplex, head: Uint8Array, work: LostWork) {
  const full = new Set<Readable>();
  const goOn = (output: Readable): void => {
    if (full.delete(output) && full.size === 0) socket.resume();
  };
  const createOutput = (): Readable =>
    new Readable({
      highWaterMark: bufferBytes,
      read() {
        goOn(this);
      },
      destroy(error, done) {
        goOn(this);
        done(error);
      },
    });
  const stdout = createOutput();
  const stderr = createOutput();
  const reader = createFrameReader();
  const { promise: end, resolve, reject } = Promise.withResolvers<number | null>();
  const receive = (chunk: Uint8Array): void => {
    passed(chunk.length);
    try {
      for (const piece of reader.push(chunk)) {
        if (piece.kind === frameKinds.exit || piece.kind === frameKinds.error) {
          return resolve(endingOf(piece));
        }
        if (piece.kind === frameKinds.outputEnd) {
          for (const ended of [stdout, stderr]) if (!ended.destroyed) ended.push(null);
          continue;
        }
        const output = piece.kind === frameKinds.stdout ? stdout : stderr;
        if (!output.destroyed && !output.push(piece.bytes)) full.add(output);
      }
      if (full.size > 0) socket.pause();
    } catch (error) {
      reject(error);
    }
  };
  for (const output of [stdout, stderr]) output.on('error', () => undefined);
  socket.once('close', () => reject(lostConnection(work)));
  socket.once('end', () => reject(lostConnection(work)));
  socket.on('data', receive);
  if (head.length > 0) receive(head);
  return { stdout, stderr, end };
}

/** Input of the process; what is written after it ended is dropped, as a shell's pipe would. */
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
    highWaterMark: bufferBytes,
    write(chunk: Uint8Array, _encoding, done) {
      passed(chunk.length);
      if (!socket.writable) return done();
      socket.cork();
      for (let at = 0; at < chunk.length; at += maxFrameBytes) {
        const part = chunk.subarray(at, at + maxFrameBytes);
        socket.write(frameHeader(frameKinds.stdin, part.length));
        socket.write(part);
      }
      socket.uncork();
      if (socket.writableLength < bufferBytes) return done();
      waiting = done;
      return undefined;
    },
    final(done) {
      if (!socket.writable) return done();
      socket.write(frameHeader(frameKinds.stdin, 0), () => done());
      return undefined;
    },
  });
}

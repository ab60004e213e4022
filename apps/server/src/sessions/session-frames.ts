import { createBufferCollector } from '@ds01/client/free-buffers';
import type { Duplex, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import {
  createFrameReader,
  frameHeader,
  frameKinds,
  resizeFrameSchema,
  sessionSignalSchema,
  type FramePiece,
} from '@ds01/contracts';
import type { EngineSession } from '@ds01/ports';
import type { ServerLog } from '../log.ts';

const passed = createBufferCollector();

/** What a connection may hold for a client that reads slowly. */
const sendBufferBytes = 262_144;

/** While nothing is read from a client, only writing to it shows that it is gone. */
const stillThereEveryMs = 2000;

/**
 * Sends an output in frames, as fast as the client reads. Resolves when the output has ended; rejects
 * when it broke. It doesn't settle when the connection is gone.
 */
export async function sendOutput(
  output: Readable,
  kind: typeof frameKinds.stdout | typeof frameKinds.stderr,
  socket: Duplex,
): Promise<void> {
  const ended = finished(output, { readable: true, writable: false });
  const goOn = (): void => void output.resume();
  socket.on('drain', goOn);
  let corked = false;
  const uncork = (): void => {
    corked = false;
    socket.uncork();
    if (socket.writableLength >= sendBufferBytes) output.pause();
  };
  output.on('data', (bytes: Uint8Array) => {
    if (!socket.writable) return;
    // What arrives at once leaves at once.
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    socket.write(frameHeader(kind, bytes.length));
    socket.write(bytes);
    passed(bytes.length);
  });
  try {
    await ended;
  } finally {
    socket.off('drain', goOn);
  }
}

/**
 * Passes on what a client sends: input as fast as the process reads it, the rest in order. A client
 * that sends something else, or closes its side, is disconnected.
 */
export function receiveFrames(
  session: EngineSession,
  client: { readonly socket: Duplex; readonly early: Uint8Array; readonly log: ServerLog },
): void {
  const { socket, early, log } = client;
  const reader = createFrameReader();
  const waitingFor = new Set<string>();
  let knocking: NodeJS.Timeout | undefined;
  const wait = (reason: string): void => {
    waitingFor.add(reason);
    socket.pause();
    knocking ??= setInterval(() => {
      if (socket.writableLength === 0) socket.write(frameHeader(frameKinds.stdout, 0));
    }, stillThereEveryMs);
  };
  const rest = (): void => {
    clearInterval(knocking);
    knocking = undefined;
  };
  const goOn = (reason: string): void => {
    if (!waitingFor.delete(reason) || waitingFor.size > 0) return;
    rest();
    socket.resume();
  };
  const refuse = (error: unknown): void => {
    log.debug('a session sent something else', { error: String(error) });
    socket.destroy();
  };
  let control = Promise.resolve();
  const take = (piece: FramePiece): void => {
    if (piece.kind === frameKinds.stdin) {
      if (!feed(session, piece.bytes)) wait('input');
      return;
    }
    const act = controlOf(session, piece);
    wait('control');
    const acted = control.then(act).catch((error: unknown) => {
      log.debug('a session could not be told', { error: String(error) });
    });
    control = acted;
    void acted.then(() => {
      if (control === acted) goOn('control');
    });
  };
  const receive = (chunk: Uint8Array): void => {
    passed(chunk.length);
    try {
      for (const piece of reader.push(chunk)) take(piece);
    } catch (error) {
      refuse(error);
    }
  };
  session.stdin?.on('drain', () => goOn('input'));
  session.stdin?.on('close', () => goOn('input'));
  session.stdin?.on('error', () => goOn('input'));
  socket.once('end', () => socket.destroy());
  socket.once('close', rest);
  socket.on('data', receive);
  socket.resume();
  if (early.length > 0) receive(early);
}

/** False when the process has to read first. */
function feed({ stdin }: EngineSession, bytes: Uint8Array): boolean {
  if (stdin === null || stdin.destroyed || stdin.writableEnded) return true;
  if (bytes.length > 0) return stdin.write(bytes);
  stdin.end();
  return true;
}

/** Throws for a frame that says nothing known. */
function controlOf(session: EngineSession, { kind, bytes }: FramePiece): () => Promise<void> {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (kind === frameKinds.resize) {
    const size = resizeFrameSchema.parse(value);
    return () => session.resize(size);
  }
  if (kind === frameKinds.signal) {
    const name = sessionSignalSchema.parse(value);
    return () => session.signal(name);
  }
  throw new Error(`a frame of kind ${kind} is the daemon’s to send`);
}

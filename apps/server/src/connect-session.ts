import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import {
  createFrameReader,
  frameHeader,
  frameKinds,
  jsonFrame,
  problemOf,
  resizeFrameSchema,
  sessionSignalSchema,
  toDs01Error,
  type FramePiece,
  type Problem,
} from '@ds01/contracts';
import type { EngineSession } from '@ds01/ports';
import type { ServerLog } from './log.ts';

/** Sessions that are connected now. */
export interface LiveSessions {
  add(end: (problem: Problem) => void): () => void;
  /** Tells every session's client why it ends, and ends it. Processes are left alone. */
  endAll(problem: Problem): void;
  readonly count: number;
}

/** How long a client has to read why its session ends. */
const farewellMs = 2000;

/** No sessions yet. */
export function createLiveSessions(): LiveSessions {
  const live = new Set<(problem: Problem) => void>();
  return {
    add: (end) => {
      live.add(end);
      return () => {
        live.delete(end);
      };
    },
    endAll: (problem) => {
      for (const end of live) end(problem);
    },
    get count() {
      return live.size;
    },
  };
}

/**
 * Carries frames between a client's connection and a process until one of them ends. Nothing is
 * kept beyond what both streams hold anyway: a slow reader slows the process down. A connection that
 * breaks closes the engine's side and leaves the process alone.
 */
export async function connectSession(
  session: EngineSession,
  client: {
    readonly socket: Socket;
    /** What was received behind the request. */
    readonly early: Uint8Array;
    readonly live: LiveSessions;
    readonly log: ServerLog;
  },
): Promise<void> {
  const { socket, early, live, log } = client;
  socket.setNoDelay(true);
  const close = (): void => session.close();
  socket.once('close', close);
  const forget = live.add((problem) => {
    socket.end(jsonFrame(frameKinds.error, problem), () => session.close());
    // Whoever doesn't read can't be told.
    setTimeout(() => socket.destroy(), farewellMs).unref();
  });
  const input = receive(session, socket, early).catch((error: unknown) => {
    log.debug('a session sent something else', { error: String(error) });
    socket.destroy();
  });
  try {
    await Promise.all([
      send(session.stdout, frameKinds.stdout, socket),
      send(session.stderr, frameKinds.stderr, socket),
    ]);
    const exitCode = await session.exited;
    if (socket.writable) socket.end(jsonFrame(frameKinds.exit, { exitCode }));
  } catch (error) {
    const problem = problemOf(toDs01Error(error));
    if (socket.writable) socket.end(jsonFrame(frameKinds.error, problem));
  } finally {
    session.close();
    // The last frame is on its way; the client closes its side when it has read it.
    await Promise.race([input, once(socket, 'close').catch(() => undefined)]);
    forget();
  }
}

async function send(
  source: Readable,
  kind: typeof frameKinds.stdout | typeof frameKinds.stderr,
  socket: Socket,
): Promise<void> {
  for await (const chunk of source) {
    const bytes: Uint8Array = chunk;
    if (!socket.writable) return;
    socket.cork();
    socket.write(frameHeader(kind, bytes.length));
    const more = socket.write(bytes);
    socket.uncork();
    if (!more) await drained(socket, socket);
  }
}

async function receive(session: EngineSession, socket: Socket, early: Uint8Array): Promise<void> {
  const reader = createFrameReader();
  const handle = async (chunk: Uint8Array): Promise<void> => {
    for (const piece of reader.push(chunk)) await take(session, piece, socket);
  };
  if (early.length > 0) await handle(early);
  for await (const chunk of socket) await handle(chunk);
}

async function take(session: EngineSession, piece: FramePiece, socket: Socket): Promise<void> {
  const { kind, bytes } = piece;
  if (kind === frameKinds.stdin) {
    const { stdin } = session;
    if (stdin === null || stdin.destroyed || stdin.writableEnded) return;
    if (bytes.length === 0) stdin.end();
    else if (!stdin.write(bytes)) await drained(stdin, socket);
    return;
  }
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (kind === frameKinds.resize) await session.resize(resizeFrameSchema.parse(value));
  else if (kind === frameKinds.signal) await session.signal(sessionSignalSchema.parse(value));
}

/** Until there is room again, or nobody is left to make it. */
async function drained(target: Writable, socket: Socket): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const settled = (event: string, emitter: Writable): Promise<unknown> =>
    once(emitter, event, { signal });
  try {
    await Promise.race([
      settled('drain', target),
      settled('close', target),
      settled('close', socket),
    ]);
  } finally {
    controller.abort();
  }
}

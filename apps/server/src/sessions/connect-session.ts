import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import {
  frameHeader,
  frameKinds,
  jsonFrame,
  problemOf,
  toDs01Error,
  type Ds01Error,
  type Problem,
} from '@ds01/contracts';
import type { EngineSession } from '@ds01/ports';
import type { ServerLog } from '../log.ts';
import { receiveFrames, sendOutput } from './session-frames.ts';

/** Sessions that are connected now. */
export interface LiveSessions {
  add(end: (problem: Problem) => void): () => void;
  /** Tells every session's client why it ends, and ends it. Processes are left alone. */
  endAll(problem: Problem): void;
  readonly count: number;
}

/** How long a client has to read why its session ends. */
export const farewellMs = 2000;

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
 * Carries frames between a client's connection and a process until one of them ends. Little more is
 * kept than what both streams hold anyway: a slow reader slows the process down. A connection that
 * breaks closes the session, which leaves a process alone and cancels a build. Returns what it failed
 * with, which the client was told; `null` otherwise.
 */
export async function connectSession(
  session: EngineSession,
  client: {
    readonly socket: Duplex;
    /** What was received behind the request. */
    readonly early: Uint8Array;
    readonly live: LiveSessions;
    readonly log: ServerLog;
    /** Ends work that ends with the daemon: it tells its client by itself, when it is undone. */
    readonly cancel?: (() => void) | undefined;
  },
): Promise<Ds01Error | null> {
  const { socket, early, live, log, cancel } = client;
  const gone = socket.destroyed ? Promise.resolve() : once(socket, 'close').catch(() => undefined);
  socket.once('close', () => session.close());
  const forget = live.add((problem) => {
    if (cancel !== undefined) return cancel();
    socket.end(jsonFrame(frameKinds.error, problem), () => session.close());
    // Whoever doesn't read can't be told.
    setTimeout(() => socket.destroy(), farewellMs).unref();
  });
  receiveFrames(session, { socket, early, log });
  try {
    const sent = Promise.all([
      sendOutput(session.stdout, frameKinds.stdout, socket),
      sendOutput(session.stderr, frameKinds.stderr, socket),
    ]);
    await Promise.race([sent, gone]);
    // Whoever reads to the end needn't wait for what still takes input.
    if (socket.writable) socket.write(frameHeader(frameKinds.outputEnd, 0));
    const exitCode = await session.exited;
    if (socket.writable) socket.end(jsonFrame(frameKinds.exit, { exitCode }));
    return null;
  } catch (error) {
    const failure = toDs01Error(error);
    if (socket.writable) socket.end(jsonFrame(frameKinds.error, problemOf(failure)));
    return failure;
  } finally {
    session.close();
    // The last frame is on its way; the client closes its side when it has read it.
    await gone;
    forget();
  }
}

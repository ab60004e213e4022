import type { WebSocket } from 'ws';

/** How often a client is asked whether it is there; one that didn't answer by the next time isn't. */
const askedEveryMs = 30_000;

/**
 * Asks by pings, until the connection closes, and ends it when nothing at all came for a whole interval.
 * While it isn't read from no answer can come, but a ping to who has left shows that; while it can't be
 * written to, what is to be written does.
 */
export function keepAsking(socket: WebSocket, everyMs: number = askedEveryMs): void {
  let heard = true;
  const hear = (): void => {
    heard = true;
  };
  for (const name of ['message', 'ping', 'pong'] as const) socket.on(name, hear);
  const timer = setInterval(() => {
    if (socket.bufferedAmount > 0) return;
    if (!heard && !socket.isPaused) return socket.terminate();
    heard = socket.isPaused;
    socket.ping();
  }, everyMs);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}

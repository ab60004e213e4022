import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { ApiSession } from '@ds01/ports';

/**
 * Carries bytes between a connection to this machine and one into a container, each direction until
 * its end. Resolves when both have ended or either broke.
 */
export async function carry(socket: Socket, session: ApiSession): Promise<void> {
  const gone = (): void => session.close();
  socket.once('close', gone);
  if (socket.destroyed) gone();
  try {
    const { stdin } = session;
    await Promise.all([
      stdin === null ? null : pipeline(socket, stdin),
      pipeline(session.stdout, socket),
      session.exited,
    ]);
  } catch {
    socket.destroy();
  } finally {
    socket.off('close', gone);
    session.close();
  }
}

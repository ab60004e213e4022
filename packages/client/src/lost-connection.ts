import type { Ds01Error, SessionId } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';

/** What becomes of work when the connection with it is lost. */
export type LostWork = 'goes-on' | 'is-cancelled';

/** What becomes of the work of a session. */
export function lostWorkOf(id: SessionId): LostWork {
  return id === 'images.build' ? 'is-cancelled' : 'goes-on';
}

/** The error for a connection that ended before its session did; it says what became of the work. */
export function lostConnection(work: LostWork): Ds01Error {
  const lost = 'The connection to the DS01 daemon was lost';
  return work === 'goes-on'
    ? ds01Error('daemon.unreachable', {
        message: `${lost}; the process inside goes on.`,
        hint: 'ds01 container list',
      })
    : ds01Error('daemon.unreachable', {
        message: `${lost}, and with it the build was cancelled.`,
        hint: 'run the same command again',
      });
}

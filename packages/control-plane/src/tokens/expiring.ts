import { formatDuration } from '@ds01/contracts';
import { expiresSoon } from '@ds01/contracts/service';
import type { StoreTransaction, TokenRecord } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendEvent } from '../events/record-event.ts';
import type { Notice } from '../notifications/notice.ts';
import { queueNotice } from '../notifications/queue.ts';
import { utcTime } from '../notifications/render.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { instantOf } from '../present.ts';
import { stateOfToken } from './present-token.ts';

type Deps = Pick<ControlPlaneDependencies, 'store' | 'clock' | 'policyFiles' | 'logger'>;

/** When a token ends, RFC 3339, if that is soon enough for its person to be told; `null` otherwise. */
export function expiryToTell(token: TokenRecord, nowMs: number): string | null {
  return token.expiresAtMs !== null && expiresSoon(token, nowMs)
    ? instantOf(token.expiresAtMs)
    : null;
}

/**
 * Tells the owner of each token that ends soon, once: an event, and a message on the channels that they
 * have on. How many were told of.
 */
export function tellExpiringTokens(deps: Deps): number {
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  const nowMs = deps.clock.nowMs();
  return deps.store.transaction((transaction) => {
    const due = transaction.tokens
      .list(null)
      .filter((token) => stateOfToken(token, nowMs) === 'active' && expiresSoon(token, nowMs))
      .filter((token) => !wasTold(transaction, token));
    for (const token of due) {
      const { id, name, scope, user, uid, expiresAtMs } = token;
      if (expiresAtMs === null) continue;
      const details = { token: id, name, scope, expiresAt: instantOf(expiresAtMs) };
      const about = { user, uid, container: null, containerId: null };
      appendEvent(transaction, { type: 'token.expiring', ...about, details }, nowMs);
      const notice = noticeOf({ ...token, expiresAtMs }, nowMs);
      queueNotice(transaction, { policy, nowMs }, notice);
    }
    return due.length;
  });
}

/** By the event itself; one that got another secret since has another end. */
function wasTold({ events }: Pick<StoreTransaction, 'events'>, token: TokenRecord): boolean {
  const told = events.list({
    sinceMs: token.createdAtMs,
    untilMs: null,
    typePrefix: 'token.expiring',
    of: { user: token.user, uid: token.uid },
    containers: null,
    beforeId: null,
    limit: 1000,
  });
  const expiresAt = token.expiresAtMs === null ? null : instantOf(token.expiresAtMs);
  return told.some(
    ({ event }) =>
      event.type === 'token.expiring' &&
      event.details.token === token.id &&
      event.details.expiresAt === expiresAt,
  );
}

function noticeOf(token: TokenRecord & { readonly expiresAtMs: number }, nowMs: number): Notice {
  const { user, uid, id, name, expiresAtMs } = token;
  return {
    user,
    uid,
    // Whose token ends is nothing for the webhooks of a site.
    severity: 'message',
    title: `the token "${name}" ends in ${formatDuration(expiresAtMs - nowMs)}`,
    lines: [
      `It counts until ${utcTime(expiresAtMs)}; programs that use it are refused then.`,
      'To give it another secret and its whole life again, on the server:',
      `  ds01 token rotate ${id}`,
    ],
    container: null,
    workspace: null,
    staleAtMs: expiresAtMs,
  };
}

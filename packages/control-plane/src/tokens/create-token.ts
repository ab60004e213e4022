import { ds01Error, formatDuration, type RouteOutput, type SiteSettings } from '@ds01/contracts';
import type { TokenScope } from '@ds01/contracts/service';
import type { HostAccount, StoreTransaction, TokenRecord } from '@ds01/ports';
import { appendEvent } from '../events/record-event.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { roleOf } from '../roles.ts';
import type { ActingOnTokens } from './acting-on-tokens.ts';
import { tokensOf } from './find-token.ts';
import { stateOfToken, tokenViewOf } from './present-token.ts';
import { hashOfSecret, hintOfSecret, newSecret, newTokenId } from './token-secret.ts';

/** What is asked of a new token. */
export interface NewToken {
  readonly name: string;
  readonly scope: TokenScope;
  readonly expiresInMs: number | null;
}

const dayMs = 86_400_000;
/** New secrets that a person may have made in an hour; programs use one again. */
const mostInAnHour = 60;
const hourMs = 3_600_000;
/** Ended tokens of a person that are kept to be read. */
const keptEnded = 50;

/**
 * Makes a token for an account. Fails with `token.scope` for a scope that the account, or who makes
 * it, does not reach, `request.invalid` for a life that is longer than the site allows,
 * `token.too-many`, and `rate.limited` for the 61st of one's own within an hour.
 */
export async function createToken(
  acting: Omit<ActingOnTokens, 'owner'> & {
    readonly owner: HostAccount;
    /** Whether who makes it is an administrator: only they make tokens that read metrics. */
    readonly byAdmin: boolean;
  },
  wanted: NewToken,
): Promise<RouteOutput<'tokens.create'>> {
  const { deps, owner, options } = acting;
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  if (wanted.scope === 'metrics' && !acting.byAdmin) throw notForUsers('metrics');
  if (wanted.scope === 'admin' && (await roleOf(deps, policy, owner)) !== 'admin') {
    throw notForUsers('admin');
  }
  const { tokens: limits } = policy.settings;
  const lifeMs = lifeOf(wanted, limits);
  const nowMs = deps.clock.nowMs();
  const secret = newSecret(deps.ids);
  const record: TokenRecord = {
    id: newTokenId(deps.ids, nowMs),
    name: wanted.name,
    user: owner.name,
    uid: owner.uid,
    scope: wanted.scope,
    hash: hashOfSecret(secret) ?? '',
    hint: hintOfSecret(secret),
    createdAtMs: nowMs,
    expiresAtMs: nowMs + lifeMs,
    revokedAtMs: null,
    lastUsedAtMs: null,
    lastUsedFrom: null,
  };
  deps.store.transaction((transaction) => {
    refuseTooMany(transaction, { owner, most: limits.per_user, nowMs });
    refuseTooOften(transaction, { owner, by: acting.by, nowMs });
    if (options.dryRun === true) return;
    forgetEnded(transaction, owner, nowMs);
    transaction.tokens.put(record);
    appendEvent(transaction, { type: 'token.created', ...aboutToken(record, acting.by) }, nowMs);
  });
  const token = tokenViewOf(record, nowMs);
  return { token, secret: options.dryRun === true ? '' : secret };
}

/** What an event says of a token, and who did it. */
export function aboutToken({ id, name, scope, user, uid }: TokenRecord, by: string) {
  const details = { token: id, name, scope, by };
  return { user, uid, container: null, containerId: null, details };
}

/** How long a token of this life may live. Fails with `request.invalid`. */
function lifeOf({ expiresInMs }: NewToken, limits: SiteSettings['tokens']): number {
  const longestMs = limits.longest_days * dayMs;
  if (expiresInMs === null) return Math.min(limits.default_days * dayMs, longestMs);
  if (expiresInMs <= longestMs) return expiresInMs;
  throw ds01Error('request.invalid', {
    message: `Tokens live ${formatDuration(longestMs)} at most.`,
    hint: `ds01 token create NAME --expires ${limits.longest_days}d`,
    details: { longestMs },
  });
}

/** Fails with `token.too-many` where an account has as many that count as the site allows. */
export function refuseTooMany(
  transaction: Pick<StoreTransaction, 'tokens'>,
  {
    owner,
    most,
    nowMs,
  }: {
    readonly owner: Pick<HostAccount, 'name' | 'uid'>;
    readonly most: number;
    readonly nowMs: number;
  },
): void {
  const active = tokensOf(transaction, owner).filter(
    (token) => stateOfToken(token, nowMs) === 'active',
  );
  if (active.length < most) return;
  throw ds01Error('token.too-many', {
    message: `${owner.name} has ${active.length} tokens; ${most} are allowed.`,
    hint: 'ds01 token revoke ID',
    details: { tokens: active.length, most },
  });
}

/**
 * Fails with `rate.limited` for who makes themselves secrets without end, by the events that say so: each
 * is one, and a loop would wash out those of before. Administrators make others as many as they like.
 */
export function refuseTooOften(
  { events }: Pick<StoreTransaction, 'events'>,
  made: {
    readonly owner: Pick<HostAccount, 'name' | 'uid'>;
    readonly by: string;
    readonly nowMs: number;
  },
): void {
  const { owner, by, nowMs } = made;
  if (by !== owner.name) return;
  const lately = ['token.created', 'token.rotated']
    .flatMap((typePrefix) =>
      events.list({
        sinceMs: nowMs - hourMs,
        untilMs: nowMs + 1,
        typePrefix,
        of: { user: owner.name, uid: owner.uid },
        containers: null,
        beforeId: null,
        limit: mostInAnHour,
      }),
    )
    .filter(({ event }) => Reflect.get(event.details, 'by') === by)
    .map(({ atMs }) => atMs)
    .toSorted((one, other) => one - other);
  const oldestMs = lately.at(-mostInAnHour);
  if (oldestMs === undefined) return;
  const retryAfterS = Math.max(1, Math.ceil((oldestMs + hourMs - nowMs) / 1000));
  throw ds01Error('rate.limited', {
    message: `${owner.name} got ${mostInAnHour} secrets of tokens within an hour.`,
    hint: 'use a token again instead of making one each time: ds01 token list',
    details: { retryAfterS },
  });
}

function forgetEnded(
  transaction: Pick<StoreTransaction, 'tokens'>,
  owner: HostAccount,
  nowMs: number,
): void {
  const ended = transaction.tokens
    .list(owner.uid)
    .filter((token) => stateOfToken(token, nowMs) !== 'active');
  for (const { id } of ended.slice(keptEnded)) transaction.tokens.remove(id);
}

function notForUsers(scope: TokenScope) {
  return ds01Error('token.scope', {
    message:
      scope === 'admin'
        ? 'Only administrators have tokens of the scope admin.'
        : 'Only administrators make tokens that read the metrics.',
    hint: 'ds01 token create NAME --scope write',
    details: { scope },
  });
}

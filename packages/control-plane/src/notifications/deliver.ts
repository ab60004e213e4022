import { isDs01Error, type SiteSettings } from '@ds01/contracts';
import type { OutgoingMessage, StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendEvent } from '../events/record-event.ts';
import { channels, readMessage, renderMessage, type Channel, type Message } from './message.ts';
import { countMessage, digestOf, forgetOldRates, settleDigest } from './rates.ts';
import { send, type SendDependencies } from './send.ts';

/** What deliveries are made with. */
export type DeliveryDependencies = SendDependencies &
  Pick<ControlPlaneDependencies, 'store' | 'clock' | 'logger'>;

const hourMs = 3_600_000;
const firstRetryMs = 60_000;
const batch = 8;

/** Those of this host fail for good reasons soon; servers elsewhere are down for hours. */
const lanes = [
  { channels: ['terminal', 'workspace'], maxAttempts: 4 },
  { channels: ['mail', 'webhook'], maxAttempts: 12 },
] as const;
type Lane = (typeof lanes)[number];

/** The later the attempt, the longer until the next one: 1, 2, 4, ... 60 minutes. */
export function retryAfterMs(attempts: number): number {
  return Math.min(firstRetryMs * 2 ** attempts, hourMs);
}

/** A message that is this process's to deliver now. */
interface Claimed {
  readonly row: OutgoingMessage;
  readonly message: Message;
  readonly channel: Channel;
  /** For a digest: how many it tells. */
  readonly count: number | null;
}

/**
 * Delivers what is due, and says when it is to be called again (Unix milliseconds; `null`: when
 * something new is queued). Before a message goes out its next attempt is put off by a minute or more,
 * so that neither a second call at the same time nor a crash in between sends it twice at once, and
 * none is lost. What can't be delivered is tried again, exponentially later; what is stale by then, or
 * fails for good, is given up with a `notification.failed` event. Too many at once become one that
 * says how many. Fails with the ledger's errors only.
 */
export async function deliverDue(
  deps: DeliveryDependencies,
  policy: { readonly settings: SiteSettings },
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<number | null> {
  const context = { deps, settings: policy.settings, signal: options.signal };
  await Promise.all(lanes.map((lane) => deliverLane(context, lane)));
  const nextAtMs = deps.store.transaction((transaction) => {
    forgetOldRates(transaction, deps.clock.nowMs());
    return transaction.outbox.nextAtMs();
  });
  if (nextAtMs === null) return null;
  return Math.min(nextAtMs, deps.clock.nowMs() + 2 * hourMs);
}

interface Context {
  readonly deps: DeliveryDependencies;
  readonly settings: SiteSettings;
  readonly signal: AbortSignal | undefined;
}

async function deliverLane(context: Context, lane: Lane): Promise<void> {
  /** Places that didn't answer in this round. */
  const down = new Set<string>();
  while (context.signal?.aborted !== true) {
    const claimed = claim(context, lane);
    if (claimed.length === 0) return;
    await Promise.all(claimed.map((it) => deliverOne(context, { ...it, lane, down })));
  }
}

function claim({ deps }: Context, lane: Lane): readonly Claimed[] {
  const nowMs = deps.clock.nowMs();
  return deps.store.transaction((transaction) => {
    const claimed: Claimed[] = [];
    for (const row of dueRows(transaction, nowMs)) {
      const channel = lane.channels.find((it) => it === row.channel);
      if (channel === undefined) {
        if (!channels.some((it) => it === row.channel)) transaction.outbox.remove(row.id);
        continue;
      }
      const it = take(transaction, { row, channel, lane }, nowMs);
      if (it !== null) claimed.push(it);
      if (claimed.length === batch) break;
    }
    return claimed;
  });
}

/** What is put off by more than ever happens is from before somebody set the clock back. */
function dueRows({ outbox }: StoreTransaction, nowMs: number): readonly OutgoingMessage[] {
  const rows = outbox.due(Number.MAX_SAFE_INTEGER, 1000);
  return rows.filter(({ nextAtMs }) => nextAtMs <= nowMs || nextAtMs > nowMs + 2 * hourMs);
}

/** Makes a row this process's own for a while; `null` when there is nothing to deliver of it. */
function take(
  transaction: StoreTransaction,
  { row, channel, lane }: { row: OutgoingMessage; channel: Channel; lane: Lane },
  nowMs: number,
): Claimed | null {
  const { outbox } = transaction;
  const message = readMessage(row.body);
  if (message === null) {
    outbox.remove(row.id);
    return null;
  }
  const isStale = message.staleAtMs !== null && message.staleAtMs <= nowMs;
  if (isStale || row.attempts >= lane.maxAttempts) {
    const reason = 'it was no news any more when it could have been tried again';
    giveUp(transaction, { row, message, reason: row.attempts === 0 ? null : reason }, nowMs);
    return null;
  }
  if (message.kind === 'digest') {
    const digest = digestOf(transaction, { row, message });
    outbox.postpone(row.id, nowMs + retryAfterMs(row.attempts));
    return { row, channel, ...digest };
  }
  if (row.attempts === 0) {
    const counted = countMessage(transaction, { row, message, channel }, nowMs);
    if (counted.digestAtMs !== null) queueDigest(transaction, { row, message }, counted.digestAtMs);
    if (counted.withheld) {
      outbox.remove(row.id);
      return null;
    }
  }
  outbox.postpone(row.id, nowMs + retryAfterMs(row.attempts));
  return { row, message, channel, count: null };
}

function queueDigest(
  { outbox }: StoreTransaction,
  { row, message }: { readonly row: OutgoingMessage; readonly message: Message },
  atMs: number,
): void {
  const { user, channel } = row;
  const about = { container: null, staleAtMs: null, title: '', lines: [] };
  const body = renderMessage({ ...message, ...about, kind: 'digest', severity: 'notice' });
  outbox.add({ user, channel, body, createdAtMs: atMs, nextAtMs: atMs });
}

async function deliverOne(
  { deps, settings, signal }: Context,
  it: Claimed & { readonly lane: Lane; readonly down: Set<string> },
): Promise<void> {
  const { row, message, channel, lane, down } = it;
  const server = channel === 'mail' ? 'mail' : message.place;
  const isElsewhere = channel === 'mail' || channel === 'webhook';
  // It stays put off, as if it had been tried: the same server just didn't answer.
  if (isElsewhere && server !== null && down.has(server)) return;
  try {
    await send(deps, { row, message, channel, settings, signal });
    deps.store.transaction((transaction) => settle(transaction, it, deps.clock.nowMs()));
  } catch (error) {
    if (signal?.aborted === true) return;
    const retryable = !isDs01Error(error) || error.retryable;
    const reason = error instanceof Error ? error.message : String(error);
    const answered = isDs01Error(error) && error.details['answered'] === true;
    if (retryable && !answered && server !== null) down.add(server);
    if (retryable && row.attempts + 1 < lane.maxAttempts) return;
    deps.logger.warn('a message could not be delivered', { channel, reason });
    deps.store.transaction((transaction) =>
      giveUp(transaction, { row, message, reason }, deps.clock.nowMs()),
    );
  }
}

function settle(transaction: StoreTransaction, it: Claimed, nowMs: number): void {
  transaction.outbox.remove(it.row.id);
  if (it.count !== null && settleDigest(transaction, it, it.count)) {
    queueDigest(transaction, it, nowMs + firstRetryMs);
  }
}

/** `reason` is `null` for what was never tried: there is nothing to complain about. */
function giveUp(
  transaction: StoreTransaction,
  { row, message, reason }: { row: OutgoingMessage; message: Message; reason: string | null },
  nowMs: number,
): void {
  transaction.outbox.remove(row.id);
  if (message.kind === 'digest') settleDigest(transaction, { row, message }, Infinity);
  if (reason === null) return;
  const { channel } = row;
  const ofSite = channel === 'webhook';
  appendEvent(
    transaction,
    {
      type: 'notification.failed',
      user: ofSite ? null : message.user,
      uid: ofSite ? null : message.uid,
      container: message.container,
      containerId: null,
      details: { channel, about: message.title, reason },
    },
    nowMs,
  );
}

import type { OutgoingMessage, StoreTransaction } from '@ds01/ports';
import { z } from 'zod';
import type { Channel, Message } from './message.ts';

type Meta = Pick<StoreTransaction, 'meta'>;

const minuteMs = 60_000;

/** How much one person, or one place, gets in a channel before messages are put together. */
interface Rate {
  readonly count: number;
  readonly perMs: number;
  /** How long further ones are collected before they come as one. */
  readonly collectMs: number;
}

/** The rates of the channels. */
export const rates: Readonly<Record<Channel, Rate>> = {
  terminal: { count: 10, perMs: 5 * minuteMs, collectMs: minuteMs },
  workspace: { count: 60, perMs: 5 * minuteMs, collectMs: minuteMs },
  mail: { count: 10, perMs: 30 * minuteMs, collectMs: 5 * minuteMs },
  webhook: { count: 60, perMs: 5 * minuteMs, collectMs: minuteMs },
};

/** Titles that a digest shows. */
const shownTitles = 10;

const stateSchema = z.object({
  sentAtMs: z.array(z.number()),
  withheld: z.int(),
  titles: z.array(z.string()),
});
type State = z.infer<typeof stateSchema>;

const unused: State = { sentAtMs: [], withheld: 0, titles: [] };

const prefix = 'notify.rate.';

/**
 * What a rate counts: what one person gets in a channel, wherever that goes, so that who gives somebody
 * else's address takes nothing from them; a webhook gets everybody's, and the site's own alerts apart.
 */
function keyOf(row: OutgoingMessage, { user, place }: Message): string {
  const ofWebhook = `${place ?? ''}${user === null ? '' : ' of people'}`;
  return `${prefix}${row.channel}.${row.channel === 'webhook' ? ofWebhook : (user ?? place ?? '')}`;
}

function read({ meta }: Meta, key: string): State {
  const text = meta.get(key);
  if (text === null) return unused;
  try {
    return stateSchema.safeParse(JSON.parse(text)).data ?? unused;
  } catch {
    return unused;
  }
}

/** A message on its way: `withheld` when too many went before it. */
export interface Counted {
  readonly withheld: boolean;
  /** When what was withheld is to be told; `null`: that is arranged already, or nothing was. */
  readonly digestAtMs: number | null;
}

/** Counts a message that is about to go out, or is put together with others. */
export function countMessage(
  transaction: Meta,
  { row, message, channel }: { row: OutgoingMessage; message: Message; channel: Channel },
  nowMs: number,
): Counted {
  const key = keyOf(row, message);
  const rate = rates[channel];
  const state = read(transaction, key);
  // Those of the future are from before somebody set the clock back.
  const sentAtMs = state.sentAtMs.filter((atMs) => atMs <= nowMs && atMs > nowMs - rate.perMs);
  if (sentAtMs.length < rate.count) {
    write(transaction, key, { ...state, sentAtMs: [...sentAtMs, nowMs] });
    return { withheld: false, digestAtMs: null };
  }
  const titles = [...state.titles, message.title].slice(0, shownTitles);
  write(transaction, key, { sentAtMs, withheld: state.withheld + 1, titles });
  return { withheld: true, digestAtMs: state.withheld === 0 ? nowMs + rate.collectMs : null };
}

/** What was withheld so far, as one message of this person and place. */
export function digestOf(
  transaction: Meta,
  { row, message }: { readonly row: OutgoingMessage; readonly message: Message },
): { readonly message: Message; readonly count: number } {
  const { withheld, titles } = read(transaction, keyOf(row, message));
  const rest = withheld - titles.length;
  const title = withheld === 1 ? '1 more message' : `${withheld} more messages`;
  const lines = [
    ...titles,
    ...(rest > 0 ? [`and ${rest} more`] : []),
    'All of them:',
    '  ds01 events',
  ];
  return { message: { ...message, title, lines }, count: withheld };
}

/** A digest of so many was told. True: more were withheld meanwhile, and want another one. */
export function settleDigest(
  transaction: Meta,
  { row, message }: { readonly row: OutgoingMessage; readonly message: Message },
  count: number,
): boolean {
  const key = keyOf(row, message);
  const state = read(transaction, key);
  const withheld = Math.max(0, state.withheld - count);
  write(transaction, key, { ...state, withheld, titles: state.titles.slice(count) });
  return withheld > 0;
}

/** Forgets whom nothing was sent to lately: folders and addresses come and go. */
export function forgetOldRates(transaction: Meta, nowMs: number): void {
  const longestMs = Math.max(...Object.values(rates).map(({ perMs }) => perMs));
  for (const { key } of transaction.meta.list(prefix)) {
    const { sentAtMs, withheld } = read(transaction, key);
    const isRecent = sentAtMs.some((atMs) => Math.abs(nowMs - atMs) < longestMs);
    if (withheld === 0 && !isRecent) transaction.meta.remove(key);
  }
}

function write({ meta }: Meta, key: string, state: State): void {
  meta.set(key, JSON.stringify(state));
}

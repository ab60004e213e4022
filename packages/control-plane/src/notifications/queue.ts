import type { SiteSettings } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import { renderMessage, type Channel, type Message } from './message.ts';
import type { Notice } from './notice.ts';
import { plainLine, plainLines } from './plain.ts';
import { isOn, mailAddressOf, readPreferences } from './preferences.ts';

type Outbox = Pick<StoreTransaction, 'outbox' | 'meta'>;

/** When and under which settings a message is written. */
export interface QueueContext {
  readonly policy: { readonly settings: SiteSettings };
  /** {@link Clock.nowMs}. */
  readonly nowMs: number;
}

/** Something that the administrators of the site have to hear. */
export interface SiteNotice {
  readonly title: string;
  readonly lines: readonly string[];
  /** As in {@link Notice}. */
  readonly staleAtMs: number | null;
}

/**
 * Puts a notice into the outbox, in the transaction of what it tells: one message for each channel
 * that its person has on, and one for each webhook of the site. An administrator's words to a person
 * go to no webhook. Control characters are taken out, long lines wrapped.
 */
export function queueNotice(transaction: Outbox, context: QueueContext, notice: Notice): void {
  const { notify } = context.policy.settings;
  const preferences = readPreferences(transaction, notice.uid);
  const message = plainMessage(notice);
  const add = (channel: Channel, place: string | null): void =>
    put(transaction, context, { channel, message: { ...message, place } });
  if (isOn(preferences, 'terminal')) add('terminal', null);
  if (isOn(preferences, 'workspace') && notice.workspace !== null) {
    add('workspace', notice.workspace);
  }
  const address = mailAddressOf(notice.user, preferences, context.policy.settings);
  if (isOn(preferences, 'mail') && notify.mail !== null && address !== null) add('mail', address);
  if (notice.severity === 'message') return;
  for (const url of new Set(notify.webhooks)) add('webhook', url);
}

/**
 * Puts an alert for the site's administrators into the outbox: a mail to each of `notify.admins`, and
 * one message for each webhook.
 */
export function queueSiteNotice(
  transaction: Outbox,
  context: QueueContext,
  notice: SiteNotice,
): void {
  const { notify } = context.policy.settings;
  const about = { user: null, uid: null, container: null, severity: 'alert' } as const;
  const message = plainMessage({ ...about, ...notice });
  const add = (channel: Channel, place: string): void =>
    put(transaction, context, { channel, message: { ...message, place } });
  if (notify.mail !== null) for (const address of new Set(notify.admins)) add('mail', address);
  for (const url of new Set(notify.webhooks)) add('webhook', url);
}

function plainMessage(
  notice: Omit<Message, 'kind' | 'place' | 'lines'> & { readonly lines: readonly string[] },
): Omit<Message, 'place'> {
  const { severity, user, uid, staleAtMs } = notice;
  return {
    kind: 'message',
    severity,
    title: plainLine(notice.title),
    lines: [...plainLines(notice.lines)],
    user,
    uid,
    container: notice.container === null ? null : plainLine(notice.container),
    staleAtMs,
  };
}

function put(
  { outbox }: Outbox,
  { nowMs }: QueueContext,
  { channel, message }: { readonly channel: Channel; readonly message: Message },
): void {
  const body = renderMessage(message);
  outbox.add({ user: message.user, channel, body, createdAtMs: nowMs, nextAtMs: nowMs });
}

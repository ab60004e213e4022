import { join } from 'node:path';
import { ds01Error, type SiteSettings } from '@ds01/contracts';
import type { HostAccount, OutgoingMessage } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { Channel, Message } from './message.ts';
import { fileMessage, mailMessage, terminalMessage, webhookMessage } from './render.ts';

/** What messages leave through. */
export type SendDependencies = Pick<
  ControlPlaneDependencies,
  'accounts' | 'terminals' | 'peopleFiles' | 'messengers'
>;

/** A message that is being delivered. */
export interface Delivery {
  readonly row: OutgoingMessage;
  readonly message: Message;
  readonly channel: Channel;
  readonly settings: SiteSettings;
  readonly signal?: AbortSignal | undefined;
}

/** Name of the file in a workspace that warnings and stops are written to. */
const alertsFile = '.ds01-alerts';

const maxAlertsBytes = 64 * 1024;

const senders: Readonly<
  Record<Channel, (deps: SendDependencies, delivery: Delivery) => Promise<void>>
> = {
  async terminal(deps, { message, settings }) {
    const account = await accountOf(deps, message);
    await deps.terminals.write(account, terminalMessage(message, settings));
  },
  async workspace(deps, { row, message }) {
    const account = await accountOf(deps, message);
    const path = join(message.place ?? account.home, alertsFile);
    const text = fileMessage(message, row);
    await deps.peopleFiles.append({ account, path, text, maxBytes: maxAlertsBytes });
  },
  async mail(deps, { message, settings, signal }) {
    const { mail } = settings.notify;
    if (mail === null || message.place === null) return;
    const letter = mailMessage(message, settings);
    const { smtp: server, from } = mail;
    await deps.messengers.mail({ server, from, to: message.place, ...letter }, signal);
  },
  async webhook(deps, { row, message, settings, signal }) {
    const url = message.place ?? '';
    // An address that the site took away in the meantime hears nothing any more.
    if (!settings.notify.webhooks.includes(url)) return;
    const body = JSON.stringify(webhookMessage(message, row, settings));
    await deps.messengers.webhook({ url, body }, signal);
  },
};

/**
 * Sends a message. Terminals that nobody is logged in at, and addresses that the site's settings don't
 * have any more, are fine. Fails as the port of the channel does, and with `user.unknown` when the
 * account is gone, or is somebody else's now.
 */
export async function send(deps: SendDependencies, delivery: Delivery): Promise<void> {
  return senders[delivery.channel](deps, delivery);
}

async function accountOf(
  { accounts }: SendDependencies,
  { user, uid }: Message,
): Promise<HostAccount> {
  const account = uid === null ? await accounts.byName(user ?? '') : await accounts.byUid(uid);
  if (account !== null && account.name === user) return account;
  throw ds01Error('user.unknown', {
    message: `There is no account ${JSON.stringify(user)} any more.`,
    hint: 'ds01-admin users',
  });
}

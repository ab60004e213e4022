import type { SiteSettings } from '@ds01/contracts';
import type { WebhookBody } from '@ds01/contracts/lifecycle';
import type { OutgoingMessage } from '@ds01/ports';
import { instantOf } from '../present.ts';
import type { Message } from './message.ts';

const words: Readonly<Record<Message['severity'], string>> = {
  warning: 'WARNING',
  stopped: 'STOPPED',
  notice: 'NOTICE',
  message: 'MESSAGE',
  alert: 'ALERT',
};

/** For terminals: between lines of their own, so that it stands out of what a program prints. */
export function terminalMessage(message: Message, settings: SiteSettings): string {
  const head = `== ${settings.site.name} ${words[message.severity]}: ${message.title}`;
  return ['', head, ...message.lines.map((line) => `   ${line}`.trimEnd()), ''].join('\n');
}

/** For `.ds01-alerts`: an entry with its time, in the order in which they happened. */
export function fileMessage(message: Message, row: OutgoingMessage): string {
  const head = `${utcTime(row.createdAtMs)} ${words[message.severity]}: ${message.title}`;
  return [head, ...message.lines.map((line) => `  ${line}`.trimEnd()), '', ''].join('\n');
}

/** Subject and text of a mail. */
export function mailMessage(
  message: Message,
  settings: SiteSettings,
): { readonly subject: string; readonly text: string } {
  const { name, contact } = settings.site;
  const own = message.user === null ? [] : ['To choose how you are told: ds01 notifications'];
  const footer = [...own, ...(contact === null ? [] : [`Questions: ${contact}`])];
  return {
    subject: `[${name}] ${message.title}`,
    text: [message.title, '', ...message.lines, '', '-- ', name, ...footer, ''].join('\n'),
  };
}

/** Body of a POST to a webhook. */
export function webhookMessage(
  message: Message,
  row: OutgoingMessage,
  settings: SiteSettings,
): WebhookBody {
  const { severity, user, container, title, lines } = message;
  return {
    version: 1,
    id: `${row.createdAtMs}-${row.id}`,
    at: instantOf(row.createdAtMs),
    site: settings.site.name,
    severity: severity === 'message' ? 'notice' : severity,
    user,
    container,
    title,
    text: [title, ...lines].join('\n'),
  };
}

/** `2026-11-22 15:04 UTC`. */
export function utcTime(atMs: number): string {
  return `${instantOf(atMs).slice(0, 16).replace('T', ' ')} UTC`;
}

import type { Messengers } from '@ds01/ports';
import { sendMail } from './mail.ts';
import { postWebhook } from './webhook.ts';

/** How long the other side may take. */
export interface MessengersOptions {
  /** Milliseconds for one message; 20,000 unless told. */
  readonly timeoutMs?: number;
}

/** Mail by SMTP and webhooks by HTTP. Nothing is opened before the first message. */
export function createMessengers({ timeoutMs = 20_000 }: MessengersOptions = {}): Messengers {
  return {
    mail: (mail, signal) => sendMail(mail, { timeoutMs, signal }),
    webhook: (target, signal) => postWebhook(target, { timeoutMs, signal }),
  };
}

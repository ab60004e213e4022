import type { Mail } from '@ds01/ports';
import { failedToSend, type Failure, type SendOptions } from './failure.ts';

/** One mailbox without a name, and without anything that would end or add a header or a command. */
const address = /^[^\s@<>()[\],;:\\"\p{C}]{1,64}@[^\s@<>()[\],;:\\"\p{C}]{1,255}$/u;

const maxSubject = 200;

/**
 * Sends one plain text mail. TLS: from the beginning with `smtps`, else as soon as the server offers
 * it, and its certificate must be valid; a server on this machine is spoken to without. A user and a
 * password in the address are used (`smtp://user:password@host`), and never without TLS. 5xx answers are final.
 */
export async function sendMail(mail: Mail, { timeoutMs, signal }: SendOptions): Promise<void> {
  const server = URL.parse(mail.server);
  const target = `mail to ${mail.to} by ${server?.host ?? 'no server'}`;
  if (server === null || server.hostname === '') throw refused(target, 'the server has no address');
  for (const it of [mail.from, mail.to]) {
    if (!address.test(it)) throw refused('mail', `${JSON.stringify(it)} is not a mail address`);
  }
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    ...connectionOf(server),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(new Error('it took too long, or was interrupted'));
  const limit = AbortSignal.any([
    AbortSignal.timeout(timeoutMs),
    ...(signal === undefined ? [] : [signal]),
  ]);
  limit.addEventListener('abort', end, { once: true });
  if (limit.aborted) end();
  try {
    await Promise.race([ended, transport.sendMail(messageOf(mail))]);
  } catch (error) {
    throw failedToSend({ target, ...failureOf(error) });
  } finally {
    limit.removeEventListener('abort', end);
    transport.close();
  }
}

function refused(target: string, reason: string) {
  return failedToSend({ target, reason, retryable: false });
}

function messageOf(mail: Mail) {
  return {
    from: { name: 'DS01', address: mail.from },
    to: { name: '', address: mail.to },
    envelope: { from: mail.from, to: [mail.to] },
    subject: mail.subject.replaceAll(/[\p{C}\u2028\u2029]+/gu, ' ').slice(0, maxSubject),
    text: mail.text.replaceAll(/[^\P{C}\n\t]/gu, ''),
    // RFC 3834: nobody's vacation answers this.
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

function connectionOf(server: URL) {
  const secure = server.protocol === 'smtps:';
  const host = server.hostname.replaceAll(/^\[|\]$/g, '');
  const { username, password } = server;
  return {
    host,
    port: server.port === '' ? (secure ? 465 : 25) : Number(server.port),
    secure,
    ignoreTLS: !secure && isThisMachine(host),
    ...(username === ''
      ? {}
      : {
          requireTLS: !isThisMachine(host),
          auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
        }),
  };
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function failureOf(error: unknown): Omit<Failure, 'target'> {
  if (!(error instanceof Error)) return { reason: String(error), retryable: true };
  const status = 'responseCode' in error ? Number(error.responseCode) : 0;
  return { reason: error.message, retryable: status < 500, answered: status > 0 };
}

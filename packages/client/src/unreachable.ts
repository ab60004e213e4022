import type { Ds01Error } from '@ds01/contracts';
import { ds01Error, isDs01Error } from '@ds01/contracts/core';

/** What the system says when no connection came about. */
const notConnected: ReadonlySet<unknown> = new Set([
  'EACCES',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  connectTimeoutCode(),
]);

/** Code of the error for a connection that takes too long to come about. */
export function connectTimeoutCode(): string {
  return 'DS01_CONNECT_TIMEOUT';
}

/** Codes of TLS for a certificate that isn't trusted. */
const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

/** The error for a daemon that doesn't answer at `place`, or whose connection broke. */
export function unreachable(place: string, cause: Error): Ds01Error {
  const code = codeOf(cause);
  if (typeof code === 'string' && untrusted.test(code)) {
    const isForAnother = code === 'ERR_TLS_CERT_ALTNAME_INVALID';
    return ds01Error('daemon.unreachable', {
      message: `The certificate of the DS01 daemon at ${place} is not trusted (${code}).`,
      hint: isForAnother
        ? 'use the name of the server that its certificate is for'
        : 'give the certificate of the authority that signed it: ds01 login --ca, or DS01_SERVER_CA',
      retryable: false,
      cause,
    });
  }
  if (code === 'EPROTO' && place.startsWith('https:')) {
    return ds01Error('daemon.unreachable', {
      message: `What answers at ${place} does not speak TLS.`,
      hint: `curl ${place}/healthz`,
      retryable: false,
      cause,
    });
  }
  return ds01Error('daemon.unreachable', {
    message: notConnected.has(code)
      ? `The DS01 daemon does not answer at ${place}.`
      : `The connection to the DS01 daemon was lost (${cause.message}).`,
    hint: place.startsWith('/')
      ? 'ask an administrator to run: systemctl status ds01d'
      : `curl ${place}/healthz`,
    cause,
  });
}

/** True when it is certain that nothing of the request was sent. */
export function wasNeverSent(error: unknown): boolean {
  return (
    isDs01Error(error) &&
    error.code === 'daemon.unreachable' &&
    error.cause instanceof Error &&
    notConnected.has(codeOf(error.cause))
  );
}

/** The system's code of an error; that of `fetch` wraps it. */
function codeOf(error: Error): unknown {
  const code: unknown = Reflect.get(error, 'code');
  return code === undefined && error.cause instanceof Error ? codeOf(error.cause) : code;
}

import type { IncomingMessage } from 'node:http';
import { ds01Error, progressMediaType } from '@ds01/contracts';

/** How a caller wants to be answered. */
export interface Preferences {
  /** Lines of progress on the connection. */
  readonly progress: boolean;
  /** `Prefer: respond-async` (RFC 7240): 202 before it is done. */
  readonly later: boolean;
  /** The `Idempotency-Key`; `null` without. */
  readonly key: string | null;
}

/** Any text without spaces at its ends; what makes keys writes UUIDs and the like. */
const keyPattern = /^[!-~](?:[ -~]{0,198}[!-~])?$/;

/** Reads the headers. Fails with `request.invalid` for a key that is empty, long or no plain text. */
export function preferencesOf({ headers }: Pick<IncomingMessage, 'headers'>): Preferences {
  const { accept = '', prefer } = headers;
  return {
    progress: accept.includes(progressMediaType),
    later: prefer !== undefined && prefersLater([prefer].flat().join(',')),
    key: keyOf(headers['idempotency-key']),
  };
}

function prefersLater(preferred: string): boolean {
  const names = preferred.split(',').map((one) => one.split(';')[0]?.trim().toLowerCase());
  return names.includes('respond-async');
}

function keyOf(given: string | readonly string[] | undefined): string | null {
  if (given === undefined) return null;
  if (typeof given === 'string' && keyPattern.test(given)) return given;
  throw ds01Error('request.invalid', {
    message: 'The Idempotency-Key was not understood.',
    hint: 'give one key of 1 to 200 plain characters, such as a UUID',
  });
}

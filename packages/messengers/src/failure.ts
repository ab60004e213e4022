import { ds01Error, type Ds01Error } from '@ds01/contracts';

/** How long to wait, and what ends the wait. */
export interface SendOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What went wrong with a message, and whether the same may succeed later. */
export interface Failure {
  /** Whom it was for, without secrets. */
  readonly target: string;
  /** What the other side said, or this one: untrusted. */
  readonly reason: string;
  readonly retryable: boolean;
  /** The server is there, and said so of this message alone. */
  readonly answered?: boolean;
}

const maxReason = 300;

/** `notify.failed`, with what others said shortened and made printable. */
export function failedToSend(failure: Failure): Ds01Error {
  const { target, reason, retryable, answered = false } = failure;
  const plain = reason
    .replaceAll(/[\p{C}\u2028\u2029\s]+/gu, ' ')
    .trim()
    .slice(0, maxReason);
  return ds01Error('notify.failed', {
    message: `${target}: ${plain}`,
    details: { target, reason: plain, answered },
    retryable,
  });
}

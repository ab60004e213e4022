import type { Ds01Error } from '@ds01/contracts';
import { ds01Error, isDs01Error } from '@ds01/contracts/core';

/**
 * `operation.interrupted` for somebody who doesn't want to wait any more; with a `cause` their place
 * could not be given up.
 */
export function leftQueue(
  place: {
    readonly id: string;
    readonly position: number | null;
    /** Of the container; `null` where only the server knows it. */
    readonly name: string | null;
    /** Of the command that was typed. */
    readonly verb: 'create' | 'deploy';
  },
  cause?: unknown,
): Ds01Error {
  const { id, position, name, verb } = place;
  if (cause !== undefined) {
    return ds01Error('operation.interrupted', {
      message:
        'Interrupted, but the daemon does not answer: your place in the queue is kept until you ' +
        'leave it.',
      hint: `ds01 queue leave ${id}`,
      cause,
    });
  }
  const where = position === null ? '' : `, where you were at place ${position}`;
  return ds01Error('operation.interrupted', {
    message: `You left the queue${where}. Nothing was made, and nothing is kept for you.`,
    hint: name === null ? 'ds01 queue list' : `ds01 container ${verb} ${name} --wait`,
  });
}

/** The error of a daemon that stays away. */
export function stillKept(error: unknown): unknown {
  if (!isDs01Error(error)) return error;
  return retold(error, {
    message: `${error.message} Your place in the queue is kept; the same command goes on with it.`,
  });
}

/** The error of a wait that took too long, always with what to do next. */
export function withNextStep(error: unknown): unknown {
  if (!isDs01Error(error) || error.code !== 'queue.timed-out' || error.hint !== null) return error;
  return retold(error, { hint: 'ds01 queue list' });
}

/** True for a refusal that waiting helps against: GPUs of others, or one’s own, are in the way. */
export function isHelpedByWaiting(error: unknown): error is Ds01Error {
  if (!isDs01Error(error) || !error.retryable) return false;
  return /^(?:gpu\.(?:none-free|reserved)|quota\.(?:aggregate-)?gpu-exceeded)$/.test(error.code);
}

/** The refusal for want of a free GPU, or of quota, with what helps. */
export function withOffer(error: Ds01Error): Ds01Error {
  if (error.message.includes('--wait')) return error;
  const isOwn = error.code.startsWith('quota.');
  const offer = isOwn
    ? 'Retire one of your containers, or wait until you do: with --wait the same command goes on then.'
    : 'With --wait the same command waits for its turn.';
  return retold(error, {
    message: `${error.message} ${offer}`,
    ...(isOwn ? { hint: 'ds01 container list --all' } : {}),
  });
}

function retold(
  error: Ds01Error,
  { message = error.message, hint = error.hint ?? undefined }: { message?: string; hint?: string },
): Ds01Error {
  const { code, details, retryable } = error;
  return ds01Error(code, { message, hint, details, retryable, cause: error });
}

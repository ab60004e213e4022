import { formatAmount, type Amount } from '@ds01/gpu-allocator';
import type { FreeSlots } from './grant.ts';
import type { WaitingReason } from './types.ts';

/** The whole queue is held. */
export const queueHeld: WaitingReason = {
  code: 'queue-held',
  message: 'An administrator holds the queue: nothing is granted at the moment.',
};

/** The request is held. */
export const requestHeld: WaitingReason = {
  code: 'held',
  message: 'An administrator holds this request.',
};

/** Its person has too much already. */
export function ownQuota(used: Amount, allowed: Amount, asked: Amount): WaitingReason {
  const message = `${formatAmount(used)} of ${formatAmount(allowed)} GPU equivalents of its owner are in use; it needs ${formatAmount(asked)} more.`;
  return { code: 'own-quota', message };
}

/** What its person may have is needed for another request of theirs. */
export const quotaPromised: WaitingReason = {
  code: 'own-quota',
  message: 'The quota of its owner is kept for another request of theirs ahead of it.',
};

/** Slots are collected for it. */
export function collecting(count: number, { free }: FreeSlots): WaitingReason {
  const kept = Math.min(free, count);
  return {
    code: 'slots-being-reserved',
    message: `It needs ${count} at once: ${kept} free now, and each that falls free is kept for it.`,
  };
}

/** Nothing that would do is free, and nobody is ahead. */
export function noSlotFree(count: number, { free, usable, reserved }: FreeSlots): WaitingReason {
  if (free + reserved >= count && reserved > 0) return reservedForOthers;
  const message =
    count === 1
      ? 'Nothing that would do is free.'
      : `It needs ${count} at once, ${usable} that would do ${usable === 1 ? 'is' : 'are'} free.`;
  return { code: 'no-slot-free', message };
}

/** What nobody has is for others, now or before this request could end. */
const reservedForOthers: WaitingReason = {
  code: 'no-slot-free',
  message: 'What is free is reserved for somebody else, now or before this one could end.',
};

/** Too little of what would do can ever fall free by itself. */
export function outOfOrder(count: number): WaitingReason {
  const what = count === 1 ? 'All that would do is' : `It needs ${count}, and too many of them are`;
  return { code: 'no-slot-free', message: `${what} broken, or in use outside any container.` };
}

/** Those ahead wait for the same. */
export const behindOthers: WaitingReason = {
  code: 'behind-others',
  message: 'Requests ahead of it wait for the same.',
};

/** Enough is free, but kept. */
export const wouldDelayReserved: WaitingReason = {
  code: 'would-delay-reserved',
  message: 'What is free is kept for a request ahead, and this one could run past its start.',
};

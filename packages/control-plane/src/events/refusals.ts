import { isDs01Error } from '@ds01/contracts';
import type { NewEvent } from '@ds01/contracts/lifecycle';
import type { Store } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { recordEvent } from './record-event.ts';

/** Longest message that an event keeps. */
const maxMessageLength = 1000;

/** In a minute; who asks more often, in a loop that waits for a GPU say, is told of no more. */
const mostRefusals = 5;
const minuteMs = 60_000;

/** When somebody was refused lately, in each ledger. */
const refusals = new WeakMap<Store, Map<string | null, readonly number[]>>();

function isFlood(
  { store, clock }: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  user: string | null,
): boolean {
  const nowMs = clock.nowMs();
  const ofStore = refusals.get(store) ?? new Map<string | null, readonly number[]>();
  refusals.set(store, ofStore);
  // Those of the future are from before somebody set the clock back.
  const recent = (ofStore.get(user) ?? []).filter(
    (atMs) => atMs <= nowMs && atMs > nowMs - minuteMs,
  );
  if (recent.length >= mostRefusals) return true;
  ofStore.set(user, [...recent, nowMs]);
  return false;
}

/**
 * Runs what asks for GPUs; when it is refused because of them, or of what the person may have, that
 * is written down, up to five times a minute. Its error comes through as it is.
 */
export async function tellRefusal<T>(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock' | 'logger'>,
  about: Pick<NewEvent, 'user' | 'uid' | 'container' | 'containerId'>,
  ask: () => T | Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isDs01Error(error) && /^(?:gpu|quota)\./.test(error.code) && !isFlood(deps, about.user)) {
      const { code } = error;
      const message = error.message.slice(0, maxMessageLength);
      recordEvent(deps, { type: 'gpu.refused', ...about, details: { code, message } });
    }
    throw error;
  }
}

import { ds01Error } from '@ds01/contracts';

const dayMs = 86_400_000;

/** The UTC day of a moment, `2026-01-31`. */
export function dateOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

/** A moment of expiry as the files have it: the last day when it is the end of one, else the second. */
export function expiryOf(untilMs: number): string {
  if (untilMs % dayMs === 0) return dateOf(untilMs - dayMs);
  return `${new Date(Math.ceil(untilMs / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** Fails with `request.invalid` for an end that is over already. */
export function refusePast(untilMs: number | null, nowMs: number): void {
  if (untilMs === null || untilMs > nowMs) return;
  throw ds01Error('request.invalid', {
    message: `${new Date(untilMs).toISOString()} is over already.`,
    hint: 'ds01-admin limits set --help',
  });
}

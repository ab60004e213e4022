import { formatDuration } from '@ds01/contracts/core';

const minuteMs = 60_000;

/**
 * `in 24m`, `in 1d 2h`, `now`: how far away a moment is, in whole minutes that are never said too few
 * of; below ten minutes to the second.
 */
export function timeLeft(instant: string, nowMs: number): string {
  const leftMs = Date.parse(instant) - nowMs;
  if (leftMs < 1000) return 'now';
  return `in ${spanText(leftMs)}`;
}

/** `5m 3s ago`: how long a moment has passed. */
export function timeAgo(instant: string, nowMs: number): string {
  const agoMs = nowMs - Date.parse(instant);
  return agoMs < 1000 ? 'just now' : `${spanText(agoMs)} ago`;
}

function spanText(spanMs: number): string {
  if (spanMs < 10 * minuteMs) return formatDuration(spanMs);
  return formatDuration(Math.ceil(spanMs / minuteMs) * minuteMs);
}

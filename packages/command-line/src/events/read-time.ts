import { ds01Error } from '@ds01/contracts/core';
import { spanOf } from '../span.ts';

const days: Readonly<Record<string, number>> = { today: 0, yesterday: -1 };

/**
 * Unix milliseconds of a moment of the past as people type it: `2h` (ago), `now`, `today` and
 * `yesterday` (their midnight), `14:30` (of today), `2026-11-22`, `2026-11-22 14:30`, or RFC 3339.
 * Without a zone it is the time of this machine. A day as an end is its last moment. Fails with
 * `usage.invalid`.
 */
export function readTime(
  given: string,
  options: { readonly flag: '--since' | '--until'; readonly nowMs: number; readonly hint: string },
): number {
  const { flag, nowMs, hint } = options;
  const time = momentOf(given.trim(), { nowMs, isEnd: flag === '--until' });
  if (time !== null) return time;
  throw ds01Error('usage.invalid', {
    message: `${flag} ${JSON.stringify(given)} is no time: 2h, today, 14:30, 2026-11-22 and 2026-11-22T14:30 are.`,
    hint,
  });
}

function momentOf(
  given: string,
  { nowMs, isEnd }: { readonly nowMs: number; readonly isEnd: boolean },
): number | null {
  if (given === 'now') return nowMs;
  const offset = days[given];
  if (offset !== undefined) return dayOf(nowMs, offset + (isEnd ? 1 : 0));
  const ago = spanOf(given);
  if (ago !== undefined) return nowMs - ago;
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(given);
  if (clock !== null) return new Date(nowMs).setHours(Number(clock[1]), Number(clock[2]), 0, 0);
  if (/^\d{4}-\d\d-\d\d$/.test(given)) {
    const midnight = finite(Date.parse(`${given}T00:00:00`));
    return midnight === null ? null : dayOf(midnight, isEnd ? 1 : 0);
  }
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(given)) return null;
  return finite(Date.parse(given.replace(' ', 'T')));
}

/** Midnight of this machine's day, `offset` days later; a day with a change of the clock has 23 or 25 h. */
function dayOf(timeMs: number, offset: number): number {
  const day = new Date(timeMs);
  day.setHours(0, 0, 0, 0);
  return day.setDate(day.getDate() + offset);
}

function finite(timeMs: number): number | null {
  return Number.isFinite(timeMs) ? timeMs : null;
}

import { spanOf } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';

/** What a moment is for. */
export interface MomentOptions {
  /** What it was given for: `--until`. */
  readonly flag: string;
  readonly nowMs: number;
  /** Which moment of it a day without a time is: its end when left out. */
  readonly ofDay?: 'begin' | 'end';
}

const dayMs = 24 * 3_600_000;

/**
 * Unix milliseconds of a moment as people type it: `+2h` from now, `18:00` (the next one), `2026-12-01`
 * (its end, or its beginning for what begins; today begins now), `2026-12-01 18:00`, or RFC 3339. Without
 * a zone it is this machine's time. Fails with `usage.invalid`, also for a moment that is past.
 */
export function readMoment(given: string, { flag, nowMs, ofDay = 'end' }: MomentOptions): number {
  const moment = momentOf(given.trim(), { nowMs, ofDay });
  if (moment === null || (ofDay === 'end' ? moment <= nowMs : moment < nowMs)) {
    const why = moment === null ? 'is no moment' : 'is past';
    throw ds01Error('usage.invalid', {
      message: `${flag} ${JSON.stringify(given)} ${why}; +2h, 18:00, 2026-12-01 and 2026-12-01T18:00 are moments.`,
      hint: `give ${flag} +2h for two hours from now`,
      details: { given },
    });
  }
  return moment;
}

function momentOf(
  given: string,
  { nowMs, ofDay }: Required<Omit<MomentOptions, 'flag'>>,
): number | null {
  if (given.startsWith('+')) {
    const durationMs = spanOf(given.slice(1));
    return durationMs === undefined ? null : nowMs + durationMs;
  }
  const time = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(given);
  if (time !== null) {
    const today = new Date(nowMs).setHours(Number(time[1]), Number(time[2]), 0, 0);
    return today > nowMs ? today : today + dayMs;
  }
  if (/^\d{4}-\d\d-\d\d$/.test(given)) {
    const midnight = new Date(`${given}T00:00:00`);
    const beginMs = midnight.getTime();
    const endMs = midnight.setDate(midnight.getDate() + 1);
    if (ofDay === 'end') return finite(endMs);
    return finite(beginMs <= nowMs && nowMs < endMs ? nowMs : beginMs);
  }
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(given)) return null;
  return finite(Date.parse(given.replace(' ', 'T')));
}

function finite(timeMs: number): number | null {
  return Number.isFinite(timeMs) ? timeMs : null;
}

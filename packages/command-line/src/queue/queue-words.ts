import type { RouteOutput } from '@ds01/contracts';
import { formatDuration } from '@ds01/contracts/core';
import type { QueueEntryView } from '@ds01/contracts/service';
import { localTime } from '../local-time.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** `place 2 of 5, within about 35m (by 23:40)`: where a request stands, and when its turn roughly comes. */
export function placeText(entry: QueueEntryView, nowMs: number): string {
  if (entry.position === null) return stateText(entry, nowMs);
  return `place ${entry.position} of ${entry.of}, ${turnText(entry.estimatedStartAt, nowMs)}`;
}

/** `within about 35m (by 23:40)`: estimates say when others must have ended, who may end before. */
export function turnText(estimatedStartAt: string | null, nowMs: number): string {
  if (estimatedStartAt === null) return 'no estimate yet';
  const leftMs = Date.parse(estimatedStartAt) - nowMs;
  if (leftMs < minuteMs) return 'any moment now';
  return `within about ${roughly(leftMs)} (by ${clockOf(estimatedStartAt, nowMs)})`;
}

/** The two cells of a table: within which time the turn comes, and why it isn't now. */
export function turnCells(
  entry: QueueEntryView,
  nowMs: number,
): { readonly within: string; readonly why: string } {
  if (entry.state !== 'waiting') return { within: 'now', why: stateText(entry, nowMs) };
  const leftMs = Date.parse(entry.estimatedStartAt ?? '') - nowMs;
  const within = Number.isNaN(leftMs) ? '?' : leftMs < minuteMs ? 'now' : roughly(leftMs);
  return { within, why: entry.reason.message };
}

/** Estimates are no promises: whole minutes, beyond two hours quarters of an hour, then hours. */
function roughly(spanMs: number): string {
  const stepMs = minuteMs * (spanMs > dayMs ? 60 : spanMs > 120 * minuteMs ? 15 : 1);
  return formatDuration(Math.ceil(spanMs / stepMs) * stepMs);
}

/** `23:40`, `Mon 23:40` on another day, `2026-11-30 23:40` in a week and later. */
function clockOf(instant: string, nowMs: number): string {
  const text = localTime(instant);
  const [day, time] = [text.slice(0, 10), text.slice(11, 16)];
  if (day === localTime(new Date(nowMs).toISOString()).slice(0, 10)) return time;
  const isFar = Date.parse(instant) - nowMs > 6 * dayMs;
  return `${isFar ? day : (weekdays[new Date(instant).getDay()] ?? day)} ${time}`;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** What has become of a request that has no place any more, or has its turn. */
export function stateText({ state, slots, claimUntil }: QueueEntryView, nowMs: number): string {
  const gpus = slots.length === 0 ? 'a GPU' : `GPU ${slots.join(', ')}`;
  switch (state) {
    case 'waiting':
      return 'waits';
    case 'granted':
      return claimUntil === null
        ? `${gpus} is granted`
        : `${gpus} is kept for it for ${formatDuration(Math.max(0, Date.parse(claimUntil) - nowMs))}`;
    case 'claimed':
      return `${gpus} is taken`;
    case 'left':
      return 'left the queue';
    case 'expired':
      return 'its turn came, and nobody took the GPU in time';
    case 'timed-out':
      return 'waited as long as it was to';
    case 'refused':
      return 'can’t be granted as the limits are now';
  }
}

/** What concerns everybody who waits. */
export function queueRemarks({
  held,
  draining,
}: Pick<RouteOutput<'queue.list'>, 'held' | 'draining'>): readonly string[] {
  const because = (reason: string | null): string => (reason === null ? '' : `: ${reason}`);
  return [
    ...(held === null ? [] : [`nothing is granted at the moment${because(held.reason)}`]),
    ...(draining === null ? [] : [`nobody may join at the moment${because(draining.reason)}`]),
  ];
}

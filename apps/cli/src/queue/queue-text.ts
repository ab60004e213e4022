import { fields, localTime, table, type Cell, type Screen } from '@ds01/command-line';
import type { QueueEntryView } from '@ds01/contracts/service';
import type { RouteOutput } from '@ds01/contracts';
import { formatDuration } from '@ds01/contracts/core';

type QueueList = RouteOutput<'queue.list'>;

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** `place 2 of 5, in about 35m (23:40)`: where a request stands, and when its turn roughly comes. */
export function placeText(entry: QueueEntryView, nowMs: number): string {
  if (entry.position === null) return stateText(entry, nowMs);
  return `place ${entry.position} of ${entry.of}, ${turnText(entry.estimatedStartAt, nowMs)}`;
}

/** `in about 35m (23:40)`; what can't be told is said to be so. */
export function turnText(estimatedStartAt: string | null, nowMs: number): string {
  if (estimatedStartAt === null) return 'nobody can tell when';
  const leftMs = Date.parse(estimatedStartAt) - nowMs;
  if (leftMs < minuteMs) return 'any moment now';
  return `in about ${roughly(leftMs)} (${clockOf(estimatedStartAt, leftMs)})`;
}

/** Estimates are no promises: whole minutes, beyond two hours quarters of an hour. */
function roughly(spanMs: number): string {
  const stepMs = spanMs > 120 * minuteMs ? 15 * minuteMs : minuteMs;
  return formatDuration(Math.ceil(spanMs / stepMs) * stepMs);
}

/** The time of day; with the day where it isn't within the next one. */
function clockOf(instant: string, leftMs: number): string {
  const text = localTime(instant);
  return leftMs > dayMs ? text.slice(0, 16) : text.slice(11, 16);
}

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

/** The whole queue as people see it. */
export function queueTable(list: QueueList, screen: Screen, nowMs: number): string {
  const { entries } = list;
  const remarks = queueRemarks(list);
  if (entries.length === 0) return ['nobody waits for a GPU', ...remarks].join('\n');
  const classes = entries.some(({ priority }) => priority !== 'normal');
  const rows = entries.map((entry): readonly Cell[] => [
    markOwn(entry, entry.position === null ? 'now' : String(entry.position)),
    markOwn(entry, whoText(entry)),
    entry.container ?? '-',
    entry.asksFor,
    ...(classes ? [entry.priority] : []),
    formatDuration(entry.waitedMs),
    entry.state === 'waiting' ? startText(entry, nowMs) : stateText(entry, nowMs),
    entry.reason.message,
  ]);
  const columns = [
    { heading: 'PLACE' },
    { heading: 'WHO', atLeast: 8 },
    { heading: 'CONTAINER', atLeast: 8, drop: 1 },
    { heading: 'ASKS FOR', atLeast: 8 },
    ...(classes ? [{ heading: 'PRIORITY', drop: 3 }] : []),
    { heading: 'WAITED', drop: 2 },
    { heading: 'TURN', atLeast: 12 },
    { heading: 'WHY', fit: 'wrap' as const, atLeast: 20 },
  ];
  return [table({ columns, rows }, screen), ...remarks].join('\n');
}

function startText({ estimatedStartAt }: QueueEntryView, nowMs: number): string {
  return estimatedStartAt === null ? '?' : turnText(estimatedStartAt, nowMs);
}

function markOwn({ own }: QueueEntryView, text: string): Cell {
  return own ? { text, style: 'bold' } : text;
}

function whoText({ own, user, group }: QueueEntryView): string {
  if (own) return 'you';
  return user ?? (group === null ? 'somebody' : `group ${group}`);
}

/** What concerns everybody who waits. */
export function queueRemarks({ held, draining }: Pick<QueueList, 'held' | 'draining'>): string[] {
  const because = (reason: string | null): string => (reason === null ? '' : `: ${reason}`);
  return [
    ...(held === null ? [] : [`nothing is granted at the moment${because(held.reason)}`]),
    ...(draining === null ? [] : [`nobody may join at the moment${because(draining.reason)}`]),
  ];
}

/** Everything about one's own request. */
export function entryText(entry: QueueEntryView, screen: Screen, nowMs: number): string {
  const { waitsUntil } = entry;
  const rows: (readonly [string, Cell])[] = [
    ['container', entry.container ?? '-'],
    ['asks for', entry.asksFor],
    ['place', entry.position === null ? '-' : `${entry.position} of ${entry.of}`],
    [
      'turn',
      entry.state === 'waiting' ? turnText(entry.estimatedStartAt, nowMs) : stateText(entry, nowMs),
    ],
    ['why', entry.reason.message],
    ['waits', `since ${localTime(entry.queuedAt)} (${formatDuration(entry.waitedMs)})`],
    ['until', waitsUntil === null ? 'it is its turn' : localTime(waitsUntil)],
    ...(entry.priority === 'normal' ? [] : [['priority', entry.priority] as const]),
    ['id', entry.id],
  ];
  return fields(rows, screen);
}

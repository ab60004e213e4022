import { fields, localTime, table, type Cell, type Screen } from '@ds01/command-line';
import { queueRemarks, stateText, turnCells, turnText } from '@ds01/command-line/queue';
import type { QueueEntryView } from '@ds01/contracts/service';
import type { RouteOutput } from '@ds01/contracts';
import { formatDuration } from '@ds01/contracts/core';
import { commandOf } from './waiting-remarks.ts';

type QueueList = RouteOutput<'queue.list'>;

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
    turnCells(entry, nowMs).within,
    turnCells(entry, nowMs).why,
  ]);
  const columns = [
    { heading: 'PLACE' },
    { heading: 'WHO', atLeast: 8 },
    { heading: 'CONTAINER', atLeast: 8, drop: 1 },
    { heading: 'ASKS FOR', atLeast: 12 },
    ...(classes ? [{ heading: 'PRIORITY', drop: 3 }] : []),
    { heading: 'WAITED', drop: 2 },
    { heading: 'WITHIN' },
    { heading: 'WHY', fit: 'wrap' as const, atLeast: 20 },
  ];
  return [table({ columns, rows }, screen), ...remarks].join('\n');
}

function markOwn({ own }: QueueEntryView, text: string): Cell {
  return own ? { text, style: 'bold' } : text;
}

function whoText({ own, user, group }: QueueEntryView): string {
  if (own) return 'you';
  return user ?? (group === null ? 'somebody' : `group ${group}`);
}

/** Everything about one's own request. */
export function entryText(entry: QueueEntryView, screen: Screen, nowMs: number): string {
  const { container, asksFor, waitsUntil, priority, state } = entry;
  const standing: readonly (readonly [string, Cell])[] =
    state === 'waiting'
      ? [
          ['place', `${entry.position ?? '?'} of ${entry.of}`],
          ['turn', turnText(entry.estimatedStartAt, nowMs)],
          ['why', entry.reason.message],
          ['gives up', waitsUntil === null ? 'never' : localTime(waitsUntil)],
        ]
      : [
          ['turn', `now: ${stateText(entry, nowMs)}`],
          ['take it', `${commandOf(entry)}, with the options it had`],
        ];
  const rows: readonly (readonly [string, Cell])[] = [
    ['container', container ?? '-'],
    ['asks for', asksFor],
    ...standing,
    ['since', `${localTime(entry.queuedAt)} (waited ${formatDuration(entry.waitedMs)})`],
    ...(priority === 'normal' ? [] : [['priority', priority] as const]),
    ['id', entry.id],
  ];
  return fields(rows, screen);
}

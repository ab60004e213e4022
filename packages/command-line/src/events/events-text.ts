import type { EventView } from '@ds01/contracts/lifecycle';
import type { RouteOutput } from '@ds01/contracts';
import { localTime } from '../local-time.ts';
import type { Screen, Style } from '../screen.ts';
import { table, type Cell, type Column } from '../table.ts';
import { padText, plainText } from '../text.ts';

/** Whether events of several people are shown. */
export interface EventsLook {
  readonly showsUsers: boolean;
}

/** Events in a table, the oldest first; times are those of this machine. */
export function eventsTable(
  events: readonly EventView[],
  { showsUsers }: EventsLook,
  screen: Screen,
): string {
  if (events.length === 0) return 'no events';
  const columns: readonly (Column | null)[] = [
    { heading: 'WHEN' },
    { heading: 'EVENT', atLeast: 12 },
    showsUsers ? { heading: 'USER', drop: 1 } : null,
    { heading: 'CONTAINER', atLeast: 8, drop: 2 },
    { heading: 'WHAT', fit: 'wrap', atLeast: 20 },
  ];
  const rows = events.map((event) => {
    const { when, type, user, container } = cellsOf(event, { showsUsers });
    return [when, type, ...(showsUsers ? [user] : []), container, event.message];
  });
  return table({ columns: columns.filter((column) => column !== null), rows }, screen);
}

/** One event as a line of its own, for those that come one by one. */
export function eventLine(event: EventView, { showsUsers }: EventsLook, screen: Screen): string {
  const { when, type, user, container } = cellsOf(event, { showsUsers });
  const kind = padText(type.text, 24);
  const parts = [when, screen.paint(type.style, kind), ...(showsUsers ? [padText(user, 10)] : [])];
  return [...parts, padText(plainText(container), 16), plainText(event.message)].join('  ');
}

/** How many of what. */
export function summaryText(
  summary: RouteOutput<'events.summary'>,
  { showsUsers }: EventsLook,
  screen: Screen,
): string {
  const { total, types, users, days } = summary;
  if (total === 0) return 'no events';
  const counted = (heading: string, rows: readonly (readonly [Cell, number])[]): string =>
    table(
      {
        columns: [{ heading }, { heading: 'EVENTS' }],
        rows: rows.map(([what, count]) => [what, String(count)]),
      },
      screen,
    );
  const parts = [
    counted(
      'EVENT',
      types.map(({ type, count }) => [{ text: type, style: styleOf(type) }, count]),
    ),
    counted(
      'DAY (UTC)',
      days.slice(-shownDays).map(({ day, count }) => [day, count]),
    ),
  ];
  if (showsUsers) {
    parts.push(
      counted(
        'USER',
        users.map(({ user, count }) => [user ?? '-', count]),
      ),
    );
  }
  return [...parts, `${total} ${total === 1 ? 'event' : 'events'}`].join('\n\n');
}

const shownDays = 14;

function cellsOf(event: EventView, { showsUsers }: EventsLook) {
  const { type, user, container } = event;
  const own = container?.split('._.')[0] ?? '-';
  return {
    when: localTime(event.at),
    type: { text: plainText(type), style: styleOf(type) },
    user: plainText(user ?? '-'),
    container: showsUsers ? (container ?? '-') : own,
  };
}

const areaStyles: Readonly<Record<string, Style>> = {
  container: 'cyan',
  gpu: 'green',
  lifecycle: 'yellow',
  emergency: 'red',
  daemon: 'dim',
};

/** What went wrong, whatever its area. */
const troubles = /refused|lost|failed|out-of-memory|stalled|problem-found/;

function styleOf(type: string): Style {
  if (troubles.test(type)) return 'red';
  return areaStyles[type.split('.')[0] ?? ''] ?? 'bold';
}

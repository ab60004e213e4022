import { columns, localTime, type Screen } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';

type Added = RouteOutput<'admin.reservations.add'>;

/** What a reservation did, and what may still be on its GPUs when it begins. */
export function reservedText(
  { message, overlaps }: Pick<Added, 'message' | 'overlaps'>,
  screen: Screen,
): string {
  if (overlaps.length === 0) return message;
  const rows = overlaps.map(({ slots, user, container, endsBy, isStopped }) => [
    slots.join(', '),
    user ?? '-',
    container ?? '-',
    endsBy === null ? 'never' : localTime(endsBy),
    isStopped ? 'warned, and stopped by its begin' : 'no rule stops it',
  ]);
  const heading = ['GPU', 'USER', 'CONTAINER', 'WOULD END BY', 'THEN'];
  return `${message}\n\n${columns([heading, ...rows], screen)}`;
}

/** Reservations, those that are over last. */
export function reservationsTable(
  { reservations }: RouteOutput<'admin.reservations'>,
  screen: Screen,
): string {
  if (reservations.length === 0) return 'nothing is reserved';
  const ordered = reservations.toSorted(
    (one, other) => Number(one.state === 'over') - Number(other.state === 'over'),
  );
  return columns(
    [
      ['RESERVATION', 'GPU', 'FOR', 'FROM', 'UNTIL', 'STATE', 'WRITTEN IN', 'REASON'],
      ...ordered.map(({ id, slots, user, group, from, until, state, file, line, reason }) => [
        id ?? '-',
        slots.join(', '),
        user ?? `group ${group ?? ''}`,
        from === null ? 'always' : localTime(from),
        until === null ? 'for good' : localTime(until),
        state,
        `${file}:${String(line)}`,
        reason,
      ]),
    ],
    screen,
  );
}

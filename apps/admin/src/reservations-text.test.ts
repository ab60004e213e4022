import { localTime, plainScreen } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { reservationsTable, reservedText } from './reservations-text.ts';

type View = RouteOutput<'admin.reservations'>['reservations'][number];

const from = '2026-11-23T08:00:00.000Z';
const until = '2026-11-23T18:00:00.000Z';
const rowsOf = (text: string): readonly string[] =>
  text.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));

test('a new reservation tells what is on its GPUs and what becomes of it', () => {
  expect(reservedText({ message: 'done', overlaps: [] }, plainScreen)).toBe('done');
  const overlaps = [
    { user: 'carol', container: 'work', slots: ['0', '1'], endsBy: until, isStopped: true },
    { user: null, container: null, slots: ['2'], endsBy: null, isStopped: false },
  ];
  expect(rowsOf(reservedText({ message: 'done', overlaps }, plainScreen)).slice(2)).toEqual([
    'GPU | USER | CONTAINER | WOULD END BY | THEN',
    `0, 1 | carol | work | ${localTime(until)} | warned, and stopped by its begin`,
    '2 | - | - | never | no rule stops it',
  ]);
});

test('reservations are listed, those that are over last', () => {
  expect(reservationsTable({ reservations: [], nextCursor: null }, plainScreen)).toBe(
    'nothing is reserved',
  );
  const one: View = {
    id: 'r1',
    user: 'alice',
    group: null,
    slots: ['0', '1:2'],
    from,
    until,
    state: 'over',
    reason: 'demo',
    by: 'dana',
    file: 'reservations.yaml',
    line: 2,
  };
  const endless: View = {
    ...one,
    id: null,
    user: null,
    group: 'staff',
    from: null,
    until: null,
    state: 'active',
    line: 8,
  };
  const reservations = [one, endless];
  expect(rowsOf(reservationsTable({ reservations, nextCursor: null }, plainScreen))).toEqual([
    'RESERVATION | GPU | FOR | FROM | UNTIL | STATE | WRITTEN IN | REASON',
    '- | 0, 1:2 | group staff | always | for good | active | reservations.yaml:8 | demo',
    `r1 | 0, 1:2 | alice | ${localTime(from)} | ${localTime(until)} | over | reservations.yaml:2 | demo`,
  ]);
});

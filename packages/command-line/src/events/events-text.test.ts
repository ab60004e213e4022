import type { EventView } from '@ds01/contracts/lifecycle';
import { describe, expect, test } from 'vitest';
import { createScreen, plainScreen } from '../screen.ts';
import { localTime } from '../local-time.ts';
import { eventLine, eventsTable, summaryText } from './events-text.ts';

const event: EventView = {
  id: 7,
  at: '2026-11-22T12:00:00.000Z',
  type: 'gpu.refused',
  user: 'alice',
  container: 'thesis._.alice',
  containerId: null,
  message: 'got no GPU: none is free (gpu.none-free)',
  details: {},
};
const own = { showsUsers: false };
const all = { showsUsers: true };
const when = localTime(event.at);

describe('events for people', () => {
  test('stand in a table under the names that their owner knows', () => {
    expect(eventsTable([event], own, plainScreen).split('\n')[1]).toBe(
      `${when}  gpu.refused  thesis     ${event.message}`,
    );
    expect(eventsTable([event], all, plainScreen).split('\n')[1]).toBe(
      `${when}  gpu.refused  alice  thesis._.alice  ${event.message}`,
    );
    expect(eventsTable([], own, plainScreen)).toBe('no events');
  });

  test('tell the time of this machine', () => {
    const noon = new Date(2026, 10, 22, 12, 3, 4);
    expect(localTime(noon.toISOString())).toBe('2026-11-22 12:03:04');
  });

  test('fit into a narrow terminal', () => {
    const screen = { ...plainScreen, width: 70 };
    const rows = eventsTable([event], all, screen).split('\n');
    expect(rows.filter((row) => row.length > 70)).toEqual([]);
    expect(rows.join(' ')).toContain('got no GPU');
  });

  test('what went wrong is red, whatever its area', () => {
    const env = { FORCE_COLOR: '1' };
    const screen = createScreen({ stream: { isTTY: true }, env, colors: true });
    expect(eventLine(event, own, screen)).toContain('\u001B[31mgpu.refused');
    const fine = { ...event, type: 'gpu.lease-granted' };
    expect(eventLine(fine, own, screen)).toContain('\u001B[32mgpu.lease-granted');
  });

  test('names and messages of others can’t write to the terminal', () => {
    const evil = {
      ...event,
      message: 'a\u001B[2Jb',
      container: 'x\u001B[1m._.bob',
      type: 'x\u0007',
    };
    expect(eventLine(evil, all, plainScreen)).not.toMatch(/[\u0000-\u001F]/);
  });

  test('a summary counts types, days and, for administrators, people', () => {
    const summary = {
      total: 3,
      types: [{ type: 'gpu.refused', count: 3 }],
      users: [{ user: null, count: 3 }],
      days: [{ day: '2026-11-22', count: 3 }],
    };
    expect(summaryText(summary, own, plainScreen)).toBe(
      'EVENT        EVENTS\ngpu.refused  3\n\nDAY (UTC)   EVENTS\n2026-11-22  3\n\n3 events',
    );
    expect(summaryText(summary, all, plainScreen)).toContain('USER  EVENTS\n-     3');
    const nothing = { total: 0, types: [], users: [], days: [] };
    expect(summaryText(nothing, own, plainScreen)).toBe('no events');
  });
});

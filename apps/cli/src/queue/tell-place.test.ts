import { plainScreen } from '@ds01/command-line';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPlaceTeller } from './tell-place.ts';
import { entryOf } from './testing/fake-queue.ts';

const startMs = Date.parse('2026-11-22T08:01:05.000Z');
const minuteMs = 60_000;

beforeEach(() => void vi.useFakeTimers({ now: startMs }));
afterEach(() => void vi.useRealTimers());

function tellerOn(isTerminal: boolean) {
  const told: string[] = [];
  const tell = (line: string): void => void told.push(line);
  const sideScreen = { ...plainScreen, isTerminal };
  const output = { say: tell, progress: tell, sideScreen };
  return { told, teller: createPlaceTeller({ output, nowMs: Date.now }) };
}

test('a log hears every ten minutes that nothing has changed, and for how long', () => {
  const { told, teller } = tellerOn(false);
  teller.tell(entryOf());
  vi.advanceTimersByTime(25 * minuteMs);
  teller.tell(entryOf({ of: 9, waitedMs: 1_565_000 }));
  teller.stop();
  vi.advanceTimersByTime(60 * minuteMs);
  const place = (waited: string) =>
    `waited ${waited}: place 2 of 5, no estimate yet: all GPUs are in use`;
  expect(told.slice(1)).toEqual([place('1m 5s'), place('11m 5s'), place('21m 5s')]);
});

test('an estimate that comes later is news', () => {
  const { told, teller } = tellerOn(false);
  teller.tell(entryOf());
  teller.tell(entryOf({ estimatedStartAt: '2026-11-22T08:36:00.000Z' }));
  teller.tell(entryOf({ estimatedStartAt: '2026-11-22T08:33:00.000Z' }));
  teller.stop();
  expect(told.slice(1)).toEqual([
    expect.stringContaining('no estimate yet'),
    expect.stringContaining('within about 35m'),
  ]);
});

test('at a terminal the line goes with the time, and each new reason stays to be read', () => {
  const { told, teller } = tellerOn(true);
  teller.tell(entryOf({ estimatedStartAt: '2026-11-22T08:36:00.000Z' }));
  vi.advanceTimersByTime(5 * minuteMs);
  expect(told[1]).toBe('all GPUs are in use');
  expect(told.at(2)).toMatch(/^waiting \| place 2 of 5, within about 35m/);
  expect(told.at(-1)).toMatch(/^waiting \| place 2 of 5, within about 30m/);
  teller.tell(entryOf({ reason: { code: 'held', message: 'an administrator holds it' } }));
  expect(told.at(-2)).toBe('an administrator holds it');
  teller.away();
  teller.away();
  const count = told.length;
  vi.advanceTimersByTime(5 * minuteMs);
  expect(told).toHaveLength(count);
  expect(told.at(-1)).toBe('the daemon does not answer; your place is kept, waiting for it');
  teller.stop();
});

test('what the server does is told when it isn’t waiting', () => {
  const { told, teller } = tellerOn(false);
  teller.progress('pulling pytorch: 10 %');
  teller.tell(entryOf());
  teller.progress('not now');
  teller.tell(entryOf({ state: 'claimed', position: null }));
  teller.progress('starting thesis');
  teller.stop();
  expect(told[0]).toBe('pulling pytorch: 10 %');
  expect(told.slice(-2)).toEqual(['your turn after 1m 5s', 'starting thesis']);
  expect(told).not.toContain('not now');
});

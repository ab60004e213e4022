import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLiveLine } from './live-line.ts';
import { plainScreen } from './screen.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function lineOn(terminal: boolean) {
  const written: string[] = [];
  const screen = { ...plainScreen, width: terminal ? 40 : null, isTerminal: terminal };
  const write = (text: string) => written.push(text);
  return { written, line: createLiveLine({ write, screen, unicode: false }) };
}

test('a pipe gets a line for each step, and no control character', () => {
  const { line, written } = lineOn(false);
  line.show('pulling x: 10 %');
  line.show('starting thesis');
  vi.advanceTimersByTime(10_000);
  line.clear();
  expect(written).toEqual(['pulling x: 10 %\n', 'starting thesis\n']);
});

test('a terminal gets one line that turns, counts seconds, and goes away', () => {
  const { line, written } = lineOn(true);
  line.show('pulling x: 10 %');
  vi.advanceTimersByTime(3000);
  line.show('pulling x: 90 %');
  expect(written.at(0)).toBe('\r\u001B[2K| pulling x: 10 %');
  expect(written.at(-1)).toMatch(/pulling x: 90 % \(3 s\)$/);
  vi.advanceTimersByTime(3 * 3_600_000);
  expect(written.at(-1)).toMatch(/pulling x: 90 % \(3h 3s\)$/);
  line.show('starting thesis');
  expect(written.at(-1)).toMatch(/starting thesis$/);
  line.clear();
  expect(written.at(-1)).toBe('\r\u001B[2K');
  const count = written.length;
  vi.advanceTimersByTime(5000);
  line.clear();
  expect(written).toHaveLength(count);
});

test('what is heard of a work starts no new clock', () => {
  const { line, written } = lineOn(true);
  line.show('RUN make');
  vi.advanceTimersByTime(3000);
  line.show('RUN make | cc -o main');
  expect(written.at(-1)).toMatch(/RUN make \| cc -o main \(3 s\)$/);
  line.clear();
});

test('a line never wraps', () => {
  const { line, written } = lineOn(true);
  line.show('x'.repeat(200));
  vi.advanceTimersByTime(100_000);
  expect(written.every((text) => text.replace('\r\u001B[2K', '').length < 40)).toBe(true);
});

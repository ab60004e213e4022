import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { createLog, withRequestId, withRequestIdNow, writeTogether } from './log.ts';

afterEach(() => {
  vi.useRealTimers();
});

function logged(
  work: (log: ReturnType<typeof createLog>) => void,
  debug = false,
): readonly string[] {
  const lines: string[] = [];
  work(createLog({ debug, write: (line) => lines.push(line) }));
  return lines;
}

test('whatever is logged is one line with one JSON object', () => {
  fc.assert(
    fc.property(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()), (message, fields) => {
      const [line = '', ...more] = logged((log) => log.info(message, { fields }));
      expect(more).toEqual([]);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(JSON.parse(line)).toMatchObject({ level: 'info', message });
    }),
  );
});

test('lines of a request carry its id, after waiting too; others carry none', async () => {
  const lines: string[] = [];
  const log = createLog({ debug: false, write: (line) => lines.push(line) });
  const both = ['a', 'b'].map((id) =>
    withRequestId({ id }, async () => {
      await Promise.resolve();
      log.info(`of ${id}`);
    }),
  );
  await Promise.all(both);
  log.warn('of none');
  const read = lines.map((line) => JSON.parse(line) as unknown);
  expect(read).toMatchObject([
    { requestId: 'a', message: 'of a' },
    { requestId: 'b', message: 'of b' },
    { level: 'warn', message: 'of none' },
  ]);
  expect(read[2]).not.toHaveProperty('requestId');
});

test('lines of what answers at once carry its id, what it leaves behind and what follows none', async () => {
  const lines: string[] = [];
  const log = createLog({ debug: false, write: (line) => lines.push(line) });
  const left = withRequestIdNow({ id: 'a' }, async () => {
    log.info('at once');
    await Promise.resolve();
    log.info('later');
  });
  expect(() =>
    withRequestIdNow({ id: 'b' }, () => {
      throw new Error('refused');
    }),
  ).toThrow('refused');
  log.info('of none');
  log.info('of another', { requestId: 'c' });
  await left;
  expect(lines.map((line) => (JSON.parse(line) as { requestId?: string }).requestId)).toEqual([
    'a',
    undefined,
    'c',
    undefined,
  ]);
});

test('debug lines are written only where they were asked for', () => {
  expect(logged((log) => log.debug('x'))).toEqual([]);
  expect(logged((log) => log.debug('x'), true)).toHaveLength(1);
});

test('a line that comes alone is written in the same turn, those of a crowd together, none twice', () => {
  vi.useFakeTimers();
  const before = process.listeners('exit');
  const written: string[] = [];
  const write = writeTogether((text) => written.push(text));
  write('a');
  vi.advanceTimersByTime(0);
  expect(written).toEqual(['a']);
  for (const line of ['b', 'c', 'd']) write(line);
  vi.advanceTimersByTime(4);
  expect(written).toEqual(['a']);
  vi.advanceTimersByTime(1);
  expect(written).toEqual(['a', 'bcd']);
  write('e');
  const [atExit] = process.listeners('exit').filter((one) => !before.includes(one));
  atExit?.(0);
  vi.runAllTimers();
  expect(written).toEqual(['a', 'bcd', 'e']);
  process.off('exit', atExit ?? (() => undefined));
});

test('each line has the time at which it was logged', () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 5) });
  const lines = logged((log) => {
    log.info('first');
    log.info('second');
    vi.advanceTimersByTime(1);
    log.info('third');
  });
  expect(lines.map((line) => (JSON.parse(line) as { time: string }).time)).toEqual([
    '2026-01-05T00:00:00.000Z',
    '2026-01-05T00:00:00.000Z',
    '2026-01-05T00:00:00.001Z',
  ]);
});

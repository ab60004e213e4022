import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog, withRequestId } from './log.ts';

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

test('debug lines are written only where they were asked for', () => {
  expect(logged((log) => log.debug('x'))).toEqual([]);
  expect(logged((log) => log.debug('x'), true)).toHaveLength(1);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeSize, type SizeQuestion } from './judge-size.ts';

const limitBytes = 1000;
const hourMs = 3_600_000;
const leadMs = 600_000;

const ask = (bytes: number | null, more: Partial<SizeQuestion> = {}) =>
  judgeSize({
    reading: bytes === null ? null : { bytes, complete: true },
    limitBytes,
    softShare: 0.8,
    before: null,
    leadMs: null,
    nowMs: 100 * hourMs,
    ...more,
  });

/** What is told of sizes that are measured every six hours. */
const toldOf = (sizes: readonly (number | null)[]) => {
  let before: SizeQuestion['before'] = null;
  return sizes.map((bytes, index) => {
    const judged = ask(bytes, { before, nowMs: index * 6 * hourMs });
    before = judged;
    return judged.tell;
  });
};

test('nearly full is told once, until there is room again', () => {
  expect(toldOf([100, 799, 800, 900, 790, 850, 700, 900])).toEqual([
    null,
    null,
    'nearly-full',
    null,
    null,
    null,
    null,
    'nearly-full',
  ]);
});

test('too much is told at once, and then once a day', () => {
  expect(toldOf([1001, 1001, 1001, 1001, 2000])).toEqual([
    'exceeded',
    null,
    null,
    null,
    'exceeded',
  ]);
  expect(toldOf([900, 1001, 1000, 1001])).toEqual(['nearly-full', 'exceeded', null, 'exceeded']);
});

test('a size that isn’t known ends no episode and begins none', () => {
  expect(toldOf([900, null, 900])).toEqual(['nearly-full', null, null]);
  const atLeast = { reading: { bytes: 10, complete: false } };
  const over = { told: { level: 'over', atMs: 0 }, stopsAtMs: null } as const;
  expect(ask(0, { ...atLeast, before: over }).told).toEqual(over.told);
  expect(ask(0, { reading: { bytes: 1001, complete: false } }).tell).toBe('exceeded');
});

test('nothing is nearly full of a limit of nothing, and one byte is too much', () => {
  expect(ask(0, { limitBytes: 0 }).tell).toBeNull();
  expect(ask(1, { limitBytes: 0 }).tell).toBe('exceeded');
});

test('a stop is promised first; nobody looking for long promises it anew', () => {
  const nowMs = 100 * hourMs;
  const first = ask(1001, { leadMs });
  expect(first).toMatchObject({ tell: 'exceeded', stopsAtMs: nowMs + leadMs, stop: false });
  const at = (ms: number) => ask(1001, { leadMs, before: first, nowMs: nowMs + ms });
  expect(at(leadMs - 1)).toMatchObject({ tell: null, stop: false });
  expect(at(leadMs)).toMatchObject({ tell: null, stop: true });
  expect(at(2 * hourMs)).toMatchObject({
    tell: 'exceeded',
    stopsAtMs: nowMs + 2 * hourMs + leadMs,
    stop: false,
  });
  expect(ask(1000, { leadMs, before: first, nowMs: nowMs + leadMs })).toMatchObject({
    stopsAtMs: null,
    stop: false,
  });
});

test('nothing is ever stopped without a promise that was told and kept', () => {
  const look = fc.record({
    bytes: fc.option(fc.integer({ min: 0, max: 2000 })),
    complete: fc.boolean(),
    paused: fc.boolean(),
    afterMs: fc.integer({ min: 0, max: hourMs }),
  });
  fc.assert(
    fc.property(fc.array(look, { maxLength: 30 }), (looks) => {
      let before: SizeQuestion['before'] = null;
      let nowMs = 0;
      let promisedMs: number | null = null;
      for (const { bytes, complete, paused, afterMs } of looks) {
        nowMs += afterMs;
        const judged = ask(0, {
          reading: bytes === null ? null : { bytes, complete },
          leadMs: paused ? null : leadMs,
          before,
          nowMs,
        });
        if (judged.stop) {
          expect(promisedMs).not.toBeNull();
          expect(nowMs).toBeGreaterThanOrEqual(promisedMs ?? Infinity);
          expect(bytes).toBeGreaterThan(limitBytes);
        }
        promisedMs = judged.tell === 'exceeded' ? judged.stopsAtMs : promisedMs;
        before = judged;
      }
    }),
  );
});

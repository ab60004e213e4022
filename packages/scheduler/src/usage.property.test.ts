import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accrueUsage, usageAt } from './usage.ts';

const runs = { seed: 5, numRuns: 200 };
const dayMs = 86_400_000;
const spans = fc.integer({ min: 0, max: 30 * dayMs });
const halfLives = fc.double({ min: 0.01, max: 100, noNaN: true });
const held = fc.double({ min: 0, max: 8, noNaN: true });

test('half of what was used is left after a half-life', () => {
  fc.assert(
    fc.property(halfLives, (halfLifeDays) => {
      const usage = { gpuHours: 10, atMs: 0 };
      expect(usageAt(usage, halfLifeDays * dayMs, halfLifeDays)).toBeCloseTo(5);
    }),
    runs,
  );
});

test('it makes no difference how often what is held is added up', () => {
  fc.assert(
    fc.property(spans, spans, held, halfLives, (first, second, gpuEquivalents, halfLifeDays) => {
      const start = { gpuHours: 3, atMs: 0 };
      const options = { gpuEquivalents, halfLifeDays };
      const once = accrueUsage(start, { ...options, atMs: first + second });
      const half = accrueUsage(start, { ...options, atMs: first });
      const twice = accrueUsage(half, { ...options, atMs: first + second });
      expect(twice.atMs).toBe(once.atMs);
      expect(twice.gpuHours).toBeCloseTo(once.gpuHours, 6);
    }),
    runs,
  );
});

test('within a short time it is GPU equivalents times hours', () => {
  const used = accrueUsage(
    { gpuHours: 0, atMs: 0 },
    { gpuEquivalents: 2, atMs: 3 * 3_600_000, halfLifeDays: 1000 },
  );
  expect(used.gpuHours).toBeCloseTo(6, 2);
});

test('a clock that was set back takes nothing away and adds nothing', () => {
  const usage = { gpuHours: 4, atMs: dayMs };
  const options = { gpuEquivalents: 3, atMs: 0, halfLifeDays: 7 };
  expect(accrueUsage(usage, options)).toEqual(usage);
});

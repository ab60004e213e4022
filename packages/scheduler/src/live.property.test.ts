import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hourMs, request } from './testing/build.ts';
import { live, type LiveRequest } from './testing/live.ts';
import type { SchedulerPolicy, WaitingRequest } from './types.ts';

const runs = { seed: 11, numRuns: 60 };

const shapes = fc.record({
  count: fc.integer({ min: 1, max: 4 }),
  atH: fc.integer({ min: 0, max: 40 }),
  runtimeH: fc.integer({ min: 1, max: 12 }),
  /** How much of what it may it really runs, in twelfths. */
  part: fc.integer({ min: 1, max: 12 }),
  user: fc.constantFrom<string>('anna', 'ben', 'carl'),
});

function requestsOf(
  found: readonly (typeof shapes extends fc.Arbitrary<infer Shape> ? Shape : never)[],
  priority: WaitingRequest['priority'],
  prefix = 'q',
): readonly LiveRequest[] {
  const limits = { maxGpuEquivalents: 4 };
  return found.map(({ count, atH, runtimeH, part, user }, index) => ({
    request: request(`${prefix}${index}`, { count, runtimeH, user, priority, limits }),
    atH,
    runsH: Math.max(1, Math.floor((runtimeH * part) / 12)),
  }));
}

const crowds = fc.array(shapes, { minLength: 5, maxLength: 25, size: 'max' });
const usage = { anna: 5, ben: 50, carl: 500, big: 5000 };

describe.each(['fifo', 'fair-share', 'backfill'] as const)('with %s', (order) => {
  test('everything that asks for no more than there is starts', () => {
    fc.assert(
      fc.property(crowds, (crowd) => {
        const requests = requestsOf(crowd, 'normal');
        const { startedH } = live({ gpus: 4, requests, policy: { order }, usage });
        expect(startedH.size).toBe(requests.length);
      }),
      runs,
    );
  });

  test('the reserved head starts no later than it was first told, whoever comes after it', () => {
    fc.assert(
      fc.property(crowds, fc.integer({ min: 2, max: 4 }), (crowd, count) => {
        const others = requestsOf(crowd, 'normal');
        const { told, startedMs } = headOf({ others, count, gpus: 4, order });
        expect(told).toEqual(told.toSorted((left, right) => right - left));
        expect(startedMs).toBeLessThanOrEqual(Math.max(told.at(-1) ?? 0, headFromH * hourMs));
      }),
      runs,
    );
  });

  test('nor do other requests of its own person take the quota that it needs', () => {
    fc.assert(
      fc.property(crowds, fc.integer({ min: 2, max: 4 }), (crowd, count) => {
        const own = crowd.map((shape) => ({ ...shape, count: 1, atH: headFromH, user: 'big' }));
        const others = [...requestsOf(crowd, 'low'), ...requestsOf(own, 'normal', 'own')];
        const { told, startedMs } = headOf({ others, count, gpus: 6, order });
        expect(told).toEqual(told.toSorted((left, right) => right - left));
        expect(startedMs).toBeLessThanOrEqual(Math.max(told.at(-1) ?? 0, headFromH * hourMs));
      }),
      runs,
    );
  });
});

const headFromH = 10;

/** What a request of a higher class, from the tenth hour on, was told from pass to pass. */
function headOf(options: {
  readonly others: readonly LiveRequest[];
  readonly count: number;
  readonly gpus: number;
  readonly order: SchedulerPolicy['order'];
}): { readonly told: readonly number[]; readonly startedMs: number } {
  const { others, count, gpus, order } = options;
  const limits = { maxGpuEquivalents: 4 };
  const head = request('head', { user: 'big', count, runtimeH: 6, priority: 'high', limits });
  const requests = [...others, { request: head, atH: headFromH, runsH: 6 }];
  const { passes, startedH } = live({ gpus, requests, policy: { order }, usage });
  const told = passes.flatMap(({ decision }) => {
    const place = decision.waiting.find(({ id }) => id === 'head');
    return place === undefined ? [] : [place.estimatedStartMs ?? Infinity];
  });
  return { told, startedMs: (startedH.get('head') ?? Infinity) * hourMs };
}

/** Small requests of somebody who used nothing, more than the server can serve, for so long. */
function endless(untilH: number, runtimeH: number): readonly LiveRequest[] {
  return Array.from({ length: untilH * 3 }, (_, index) => ({
    request: request(`s${index}`, { user: 'light', runtimeH }),
    atH: Math.floor(index / 3),
    runsH: runtimeH,
  }));
}

describe.each(['fair-share', 'backfill'] as const)('under endless small requests, %s', (order) => {
  test('lets the oldest request of a class start when it is big, whatever its owner used', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 6 }),
        (count, runtimeH) => {
          const big = { request: request('big', { count, runtimeH: 5 }), atH: 0, runsH: 5 };
          const { startedH } = live({
            gpus: 4,
            requests: [...endless(60, runtimeH), { ...big, atH: 1 }],
            policy: { order, ageing_h: 30 },
            usage,
            untilH: 80,
          });
          expect(startedH.get('big')).toBeLessThanOrEqual(31 + 2 * runtimeH);
        },
      ),
      { ...runs, numRuns: 20 },
    );
  });

  test('lets every request start once it has waited so long that age alone counts', () => {
    const ageing_h = 20;
    const late = { request: request('heavy', { user: 'big', runtimeH: 5 }), atH: 1, runsH: 5 };
    const { startedH } = live({
      gpus: 2,
      requests: [...endless(60, 2), late],
      policy: { order, ageing_h },
      usage,
      untilH: 80,
    });
    // Beside the three of its own hour only those are older that came in the first one.
    expect(startedH.get('heavy')).toBeGreaterThan(ageing_h / 2);
    expect(startedH.get('heavy')).toBeLessThanOrEqual(1 + ageing_h + 2 * 4);
  });
});

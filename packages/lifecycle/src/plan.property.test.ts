import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planLifecycle } from './plan.ts';
import { happen, incidents, lifeUnder, rules } from './testing/histories.ts';
import { evaluationOf, hour } from './testing/life.ts';

const long = process.env['DS01_TEST_LONG'] === '1';

test('what is planned is what happens if nothing changes', () => {
  let steps = 0;
  fc.assert(
    fc.property(rules, incidents, fc.boolean(), (given, history, isHeld) => {
      const life = lifeUnder(given);
      for (const incident of history) happen(life, incident);
      const { startedAtMs } = life.container;
      if (startedAtMs !== null) {
        // A start that is still to come moves the grace period on with every moment until then.
        life.container = { ...life.container, startedAtMs: Math.min(startedAtMs, life.nowMs) };
      }
      if (isHeld) life.limits = { ...life.limits, gpuHoldMs: hour / 3, containerHoldMs: hour };
      // What came just before may still be in the window; nothing changes once it is out of it.
      life.runUntil(life.nowMs + 4 * 60_000);
      life.lookAndMeasure();
      const untilMs = life.nowMs + 3 * hour;
      const planned = planLifecycle(evaluationOf(life), untilMs);
      const before = life.happened.length;
      life.runUntil(untilMs);
      const happened = life.happened
        .slice(before)
        .filter(({ action }) => action.kind !== 'resumed');
      expect(planned.map(({ action }) => action.kind)).toEqual(
        happened.map(({ action }) => action.kind),
      );
      steps += planned.length;
      for (const [at, { atMs }] of planned.entries()) {
        expect(Math.abs(atMs - (happened[at]?.atMs ?? 0))).toBeLessThan(2000);
      }
    }),
    { numRuns: long ? 5000 : 200 },
  );
  expect(steps).toBeGreaterThan(100);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLife, hour, minute, ordinary, type Life } from './testing/life.ts';

const endsByMs = 10 * hour;
const deeds = ['pause', 'unpause', 'stop', 'start', 'restart'] as const;

/** What its owner does to a container that has its GPU. */
function apply(life: Life, deed: (typeof deeds)[number]): void {
  const { container, nowMs } = life;
  const isAlive = container.state === 'running' || container.state === 'paused';
  if (deed === 'pause' && container.state === 'running') {
    life.container = { ...container, state: 'paused' };
  } else if (deed === 'unpause' && container.state === 'paused') {
    life.container = { ...container, state: 'running' };
  } else if (deed === 'stop' && isAlive) {
    life.container = { ...container, state: 'stopped', startedAtMs: null, stoppedAtMs: nowMs };
  } else if ((deed === 'start' && !isAlive) || (deed === 'restart' && isAlive)) {
    life.container = { ...container, state: 'running', startedAtMs: nowMs, stoppedAtMs: null };
  }
}

test('whatever its owner does, what was promised is given back when it was to, and never without a warning', () => {
  const history = fc.array(
    fc.record({
      afterMs: fc.integer({ min: minute, max: 3 * hour }),
      deed: fc.constantFrom(...deeds),
    }),
    { maxLength: 25 },
  );
  fc.assert(
    fc.property(history, (steps) => {
      const life = createLife({
        measure: () => ({ cpuPercent: 80 }),
        situation: { ...ordinary, endsByMs, endsFor: 'request' },
      });
      for (const { afterMs, deed } of steps) {
        if (life.nowMs + afterMs >= endsByMs - 15 * minute) break;
        life.runUntil(life.nowMs + afterMs);
        if (!life.container.holdsGpu) break;
        apply(life, deed);
      }
      life.runUntil(endsByMs + 1);
      expect(life.container.holdsGpu).toBe(false);
      for (const stopMs of life.momentsOf('stop')) {
        expect(life.momentsOf('warn').some((atMs) => atMs < stopMs)).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

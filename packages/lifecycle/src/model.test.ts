import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import {
  ordinary,
  runningContainer,
  second,
  studentLimits,
  studentPolicy,
} from './testing/life.ts';
import type { LifecycleAction, LifecycleContainer, LifecycleMemory } from './types.ts';

const long = process.env['DS01_TEST_LONG'] === '1';

/** What really happens to a container for a while. */
interface Stretch {
  readonly what: 'busy' | 'idle' | 'frozen' | 'typing' | 'daemon-down';
  readonly forMs: number;
}
interface Given {
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly leadMs: number;
  readonly windowSamples: number;
  readonly maxRuntimeMs: number | null;
  readonly stretches: readonly Stretch[];
  /** Looks that other containers cause, in between. */
  readonly otherLooksMs: readonly number[];
}

interface Told {
  readonly atMs: number;
  readonly action: LifecycleAction;
}

/** Plays a history to its end, and then idleness; the container obeys a stop. */
function play(given: Given): readonly Told[] {
  const told: Told[] = [];
  const ends: { readonly untilMs: number; readonly what: Stretch['what'] }[] = [];
  for (const { what, forMs } of given.stretches) {
    ends.push({ what, untilMs: (ends.at(-1)?.untilMs ?? 0) + forMs });
  }
  const overMs = ends.at(-1)?.untilMs ?? 0;
  const whatAt = (atMs: number) => ends.find(({ untilMs }) => atMs < untilMs);
  const shareOf = (what: Stretch['what'], fromMs: number, toMs: number): number => {
    let withMs = 0;
    let sinceMs = 0;
    for (const end of ends) {
      if (end.what === what) {
        withMs += Math.max(0, Math.min(end.untilMs, toMs) - Math.max(sinceMs, fromMs));
      }
      sinceMs = end.untilMs;
    }
    return toMs <= fromMs ? 0 : withMs / (toMs - fromMs);
  };
  const lastTyped = (atMs: number): number | null => {
    let typedMs: number | null = null;
    let sinceMs = 0;
    for (const { what, untilMs } of ends) {
      if (what === 'typing' && sinceMs <= atMs) typedMs = Math.min(atMs, untilMs);
      sinceMs = untilMs;
    }
    return typedMs;
  };
  let memory: LifecycleMemory | null = null;
  let measuredMs = 0;
  let sampleDueMs: number | null = 0;
  let nowMs = 0;
  const others = given.otherLooksMs.toSorted((left, right) => left - right);
  const limits = {
    ...studentLimits,
    idleTimeoutMs: given.timeoutMs,
    maxRuntimeMs: given.maxRuntimeMs,
  };
  const policy = {
    ...studentPolicy,
    gracePeriodMs: given.graceMs,
    warningLeadMs: given.leadMs,
    windowSamples: given.windowSamples,
  };
  for (let count = 0; count < 20_000; count += 1) {
    const present = whatAt(nowMs);
    if (present?.what === 'daemon-down') nowMs = present.untilMs;
    const state = whatAt(nowMs)?.what === 'frozen' ? 'paused' : 'running';
    const container: LifecycleContainer = { ...runningContainer, state };
    const percent = 90 * shareOf('busy', measuredMs, nowMs);
    const isDue = sampleDueMs !== null && nowMs >= sampleDueMs;
    const sample = {
      atMs: nowMs,
      slots: [{ slot: '0', utilizationPercent: percent, inUse: percent > 0 }],
      cpuPercent: 0,
      networkBytes: 0,
      inputAtMs: lastTyped(nowMs),
    };
    const samples = isDue ? [sample] : [];
    if (isDue) measuredMs = nowMs;
    const situation = ordinary;
    const found = evaluate({ container, samples, limits, policy, situation, memory, nowMs });
    memory = found.memory;
    sampleDueMs = found.sampleAtMs;
    told.push(...found.actions.map((action) => ({ atMs: nowMs, action })));
    if (found.actions.some(({ kind }) => kind === 'stop')) return told;
    const other = others.find((atMs) => atMs > nowMs) ?? Infinity;
    const change = whatAt(nowMs)?.untilMs ?? Infinity;
    const nextMs = Math.min(
      other,
      change,
      found.nextAtMs ?? Infinity,
      found.sampleAtMs ?? Infinity,
    );
    if (nextMs > overMs + 100 * 3600 * second) return told;
    nowMs = Math.max(nextMs, nowMs + 1);
  }
  throw new Error('it never ends');
}

const stretch = (minMs: number) =>
  fc.record({
    what: fc.constantFrom<Stretch['what']>(
      'busy',
      'idle',
      'idle',
      'frozen',
      'typing',
      'daemon-down',
    ),
    forMs: fc.integer({ min: minMs, max: 40 * minMs }),
  });
const given: fc.Arbitrary<Given> = fc.integer({ min: 20, max: 3600 }).chain((timeoutS) =>
  fc.record({
    timeoutMs: fc.constant(timeoutS * second),
    graceMs: fc.integer({ min: 0, max: 3600 }).map((seconds) => seconds * second),
    leadMs: fc.integer({ min: 0, max: 900 }).map((seconds) => seconds * second),
    windowSamples: fc.integer({ min: 1, max: 8 }),
    maxRuntimeMs: fc.option(
      fc.integer({ min: 60, max: 7200 }).map((seconds) => seconds * second),
      {
        nil: null,
      },
    ),
    stretches: fc.array(stretch(Math.round(Math.min(30, timeoutS / 20) * second * 2)), {
      maxLength: 15,
    }),
    otherLooksMs: fc.array(fc.integer({ min: 0, max: 7200 * second }), { maxLength: 40 }),
  }),
);

/** From the words of the rules alone: when the idle rule stops it at the earliest and at the latest. */
function idleStopOf({ timeoutMs, graceMs, windowSamples, stretches, leadMs }: Given): {
  readonly earliestMs: number;
  readonly latestMs: number;
} {
  const cadenceMs = Math.min(30 * second, Math.max(second, timeoutMs / 20));
  let atMs = 0;
  let lastUsedMs = graceMs;
  let downMs = 0;
  for (const { what, forMs } of stretches) {
    // Whatever a stretch says, a stop before it ends the story.
    if (what === 'daemon-down') downMs += forMs + 4 * cadenceMs;
    if (what === 'busy' || what === 'typing') {
      if (atMs - lastUsedMs < timeoutMs - cadenceMs) {
        lastUsedMs = Math.max(lastUsedMs, atMs + forMs);
      }
    }
    atMs += forMs;
  }
  const leadNowMs = Math.max(second, Math.min(leadMs, timeoutMs / 3));
  return {
    earliestMs: lastUsedMs + timeoutMs - cadenceMs,
    latestMs:
      Math.max(lastUsedMs, atMs) +
      timeoutMs +
      downMs +
      leadNowMs +
      (2 * windowSamples + 3) * cadenceMs +
      5 * second,
  };
}

test('what a naive reading of the rules says of a history is what they do', () => {
  let stops = 0;
  fc.assert(
    fc.property(given, (one) => {
      const told = play(one);
      const stop = told.at(-1);
      expect(stop?.action.kind).toBe('stop');
      if (stop === undefined || stop.action.kind !== 'stop') return;
      stops += 1;
      const { rule } = stop.action;
      if (rule === 'idle') {
        // A use that began later than a whole timeout after the one before can't have been seen.
        const seen = { ...one, stretches: cutAt(one.stretches, stop.atMs) };
        const { earliestMs } = idleStopOf(seen);
        expect(stop.atMs).toBeGreaterThanOrEqual(earliestMs);
      } else {
        const ranMs = stop.atMs - lengthOf(cutAt(one.stretches, stop.atMs), 'frozen');
        expect(ranMs).toBeGreaterThanOrEqual(one.maxRuntimeMs ?? Infinity);
        const downMs = lengthOf(one.stretches, 'daemon-down');
        const lead = Math.max(second, Math.min(one.leadMs, (one.maxRuntimeMs ?? 0) / 3));
        expect(ranMs).toBeLessThanOrEqual((one.maxRuntimeMs ?? 0) + 2 * downMs + lead + 2 * second);
      }
      expect(stop.atMs).toBeLessThanOrEqual(idleStopOf(one).latestMs);
    }),
    { numRuns: long ? 20_000 : 150 },
  );
  expect(stops).toBeGreaterThan(100);
});

function cutAt(stretches: readonly Stretch[], atMs: number): readonly Stretch[] {
  let sinceMs = 0;
  return stretches.flatMap((one) => {
    const leftMs = atMs - sinceMs;
    sinceMs += one.forMs;
    return leftMs <= 0 ? [] : [{ ...one, forMs: Math.min(one.forMs, leftMs) }];
  });
}

function lengthOf(stretches: readonly Stretch[], what: Stretch['what']): number {
  return stretches.reduce((sum, one) => sum + (one.what === what ? one.forMs : 0), 0);
}

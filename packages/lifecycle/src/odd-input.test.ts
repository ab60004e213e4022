import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import { lifecycleMemorySchema } from './memory.ts';
import { planLifecycle } from './plan.ts';
import {
  createLife,
  evaluationOf,
  hour,
  minute,
  ordinary,
  runningContainer,
  second,
  silence,
  studentLimits,
  studentPolicy,
} from './testing/life.ts';
import type { ActivitySample, Evaluation, LifecycleMemory } from './types.ts';

const year = 365 * 24 * hour;
const nowMs = 1_800_000_000_000;

/** Everything that an evaluation gives is a number that can be stored and waited for. */
function expectSane(evaluation: Evaluation): void {
  const found = evaluate(evaluation);
  const stored: unknown = JSON.parse(JSON.stringify(found.memory));
  expect(lifecycleMemorySchema.parse(stored)).toEqual(found.memory);
  for (const atMs of [found.nextAtMs, found.sampleAtMs]) {
    if (atMs !== null) expect(atMs).toBeGreaterThanOrEqual(evaluation.nowMs);
  }
  for (const { message } of found.explanation.rules) {
    expect(message).not.toMatch(/NaN|Infinity|undefined|-\d/);
  }
  const plan = planLifecycle(
    { ...evaluation, memory: found.memory, samples: [] },
    evaluation.nowMs + year,
  );
  for (const step of plan) {
    expect(step.atMs).toBeGreaterThanOrEqual(evaluation.nowMs);
    expect(step.message).not.toMatch(/NaN|Infinity|undefined/);
  }
}

const oddSpan = fc.oneof(
  fc.constantFrom(0, 1, 999, 1000, 1001, 30_000, hour, 10 * year),
  fc.integer({ min: 0, max: 10 * year }),
);
const oddMoment = fc.oneof(
  fc.constantFrom(0, 1, nowMs - 1, nowMs, nowMs + 1, nowMs + 10 * year),
  fc.integer({ min: 0, max: 2 * nowMs }),
);
const oddNumber = fc.oneof(
  fc.constantFrom(0, 0.1, 100, 1e15),
  fc.double({ min: 0, max: 1e12, noNaN: true }),
);
const oddSample: fc.Arbitrary<ActivitySample> = fc.record({
  atMs: oddMoment,
  slots: fc.array(
    fc.record({
      slot: fc.constantFrom('0', '1', '2.0'),
      utilizationPercent: fc.option(oddNumber),
      inUse: fc.option(fc.boolean()),
    }),
    { maxLength: 3 },
  ),
  cpuPercent: fc.option(oddNumber),
  networkBytes: fc.option(oddNumber),
  inputAtMs: fc.option(oddMoment),
});
const limit = fc.option(oddSpan);
const oddEvaluation: fc.Arbitrary<Evaluation> = fc.record({
  container: fc.record({
    id: fc.constant('c0ffee'),
    state: fc.constantFrom('created', 'running', 'paused', 'stopped'),
    holdsGpu: fc.boolean(),
    managed: fc.boolean(),
    isJob: fc.boolean(),
    exempt: fc.constantFrom(null, null, null, 'protected', 'monitoring'),
    createdAtMs: oddMoment,
    startedAtMs: fc.option(oddMoment),
    stoppedAtMs: fc.option(oddMoment),
  }),
  samples: fc.array(oddSample, { maxLength: 6 }),
  limits: fc.record({
    idleTimeoutMs: limit,
    maxRuntimeMs: limit,
    gpuHoldMs: limit,
    containerHoldMs: limit,
    createdTimeoutMs: limit,
    stopGraceMs: oddSpan,
    origins: fc.constant(studentLimits.origins),
  }),
  policy: fc.record({
    gracePeriodMs: oddSpan,
    gpuIdlePercent: oddNumber,
    cpuIdlePercent: oddNumber,
    networkIdleBytes: oddNumber,
    windowSamples: fc.constantFrom(1, 2, 3, 1000),
    warningLeadMs: oddSpan,
    keepAliveMaxMs: limit,
    highDemandIdleReduction: fc.constantFrom(0, 0.5, 1),
  }),
  situation: fc.record({
    highDemand: fc.boolean(),
    exemptions: fc.record({
      idle: fc.constantFrom(null, null, 'Field study'),
      maxRuntime: fc.constantFrom(null, null, 'Field study'),
    }),
    extensionMs: oddSpan,
    keepAliveUntilMs: fc.option(oddMoment),
    pausedUntilMs: fc.option(oddMoment),
  }),
  memory: fc.constant(null),
  nowMs: fc.constant(nowMs),
}) as fc.Arbitrary<Evaluation>;

test('whatever is given, what comes out can be stored, waited for and read', () => {
  fc.assert(
    fc.property(
      oddEvaluation,
      fc.array(fc.tuple(oddSpan, fc.array(oddSample, { maxLength: 4 })), { maxLength: 8 }),
      (first, more) => {
        let evaluation = first;
        let memory: LifecycleMemory | null = null;
        expectSane(evaluation);
        for (const [passedMs, samples] of more) {
          memory = evaluate(evaluation).memory;
          evaluation = { ...evaluation, memory, samples, nowMs: evaluation.nowMs + passedMs };
          expectSane(evaluation);
        }
      },
    ),
    { numRuns: process.env['DS01_TEST_LONG'] === '1' ? 20_000 : 300 },
  );
});

describe('samples', () => {
  const idleLife = () => createLife({ policy: { ...studentPolicy, gracePeriodMs: 0 } });
  const at = (atMs: number, percent = 0): ActivitySample => ({
    ...silence,
    atMs,
    slots: [{ slot: '0', utilizationPercent: percent, inUse: percent > 0 }],
  });

  test('that come twice, or too late, say nothing new', () => {
    const life = idleLife().runUntil(20 * minute);
    const once = evaluate(evaluationOf(life));
    const samples = [at(19 * minute), at(2 * minute, 90), at(19 * minute), at(minute, 90)];
    const again = evaluate({ ...evaluationOf(life), samples });
    expect(again.memory.idleSinceMs).toBe(once.memory.idleSinceMs);
    expect(again.actions).toEqual(once.actions);
  });

  test('in thousands at once are as good as one by one', () => {
    const policy = { ...studentPolicy, gracePeriodMs: 0 };
    const samples = Array.from({ length: 5000 }, (_, index) => at(index * 30 * second));
    const last = samples.at(-1)?.atMs ?? 0;
    const limits = { ...studentLimits, idleTimeoutMs: 1000 * hour };
    const found = evaluate({
      container: runningContainer,
      samples,
      limits,
      policy,
      situation: ordinary,
      memory: null,
      nowMs: last,
    });
    expect(found.memory.idleSinceMs).toBe(0);
    expect(found.memory.samples).toHaveLength(policy.windowSamples);
  });

  test('fill a window of a thousand before anything is stopped', () => {
    const policy = { ...studentPolicy, gracePeriodMs: 0, windowSamples: 1000 };
    const life = createLife({ policy });
    let looks = 0;
    const { look } = life;
    life.look = () => {
      looks += 1;
      return look();
    };
    life.runUntil(24 * hour);
    const [stoppedMs = 0] = life.momentsOf('stop');
    expect(stoppedMs).toBeGreaterThanOrEqual(999 * 30 * second);
    expect(stoppedMs).toBeLessThanOrEqual(1010 * 30 * second + 10 * minute);
    // By then the first warning is no news, and the last one has its lead.
    expect(life.momentsOf('warn')).toHaveLength(1);
    expect(looks).toBeLessThan(2000);
  });
});

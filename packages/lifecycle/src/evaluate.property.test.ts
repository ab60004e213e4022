import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import { happen, incidents, lifeUnder, rules } from './testing/histories.ts';
import {
  createLife,
  evaluationOf,
  hour,
  minute,
  second,
  studentLimits,
  studentPolicy,
  type Happened,
} from './testing/life.ts';
import { leadOf } from './timed-rule.ts';
import type { LifecycleAction } from './types.ts';

const long = process.env['DS01_TEST_LONG'] === '1';
const runs = { numRuns: long ? 10_000 : 400 };

type Warning = Extract<LifecycleAction, { kind: 'warn' }>;

/** The last warning that still stood when something happened at a place of a list. */
function standingWarning(
  happened: readonly Happened[],
  at: number,
  rule: 'idle' | 'max-runtime',
): { readonly atMs: number; readonly action: Warning } | null {
  for (const { atMs, action } of happened.slice(0, at).toReversed()) {
    if (action.kind === 'stop') return null;
    if (rule === 'idle' && action.kind === 'resumed') return null;
    if (action.kind === 'warn' && action.rule === rule) return { atMs, action };
  }
  return null;
}

test('never a stop without its last warning, the lead before it, and what the warning promised', () => {
  let stops = 0;
  fc.assert(
    fc.property(rules, incidents, (given, history) => {
      const life = lifeUnder(given);
      for (const incident of history) happen(life, incident);
      life.runUntil(life.nowMs + 3 * hour);
      for (const [at, { atMs, action }] of life.happened.entries()) {
        if (action.kind !== 'stop') continue;
        stops += 1;
        const warning = standingWarning(life.happened, at, action.rule);
        expect(warning?.action.step).toBe(2);
        expect(atMs).toBeGreaterThanOrEqual(warning?.action.stopsAtMs ?? Infinity);
        // Demand may change in between: the shortest timeout that could count has the shortest lead.
        const least =
          action.rule === 'idle'
            ? (given.limits.idleTimeoutMs ?? 0) * given.policy.highDemandIdleReduction
            : (given.limits.maxRuntimeMs ?? 0);
        const leadMs = leadOf(least, given.policy.warningLeadMs);
        expect(atMs - (warning?.atMs ?? Infinity)).toBeGreaterThanOrEqual(leadMs - 1);
      }
    }),
    runs,
  );
  expect(stops).toBeGreaterThan(runs.numRuns / 4);
});

test('evaluating twice gives nothing new, and remembers the same', () => {
  fc.assert(
    fc.property(rules, incidents, (given, history) => {
      const life = lifeUnder(given);
      life.obeys = false;
      for (const incident of history) {
        happen(life, incident);
        const once = evaluate(evaluationOf(life, 0));
        const twice = evaluate({ ...evaluationOf(life, 0), memory: once.memory });
        expect(twice.actions).toEqual([]);
        expect(twice.memory).toEqual(once.memory);
        expect(twice.nextAtMs).toBe(once.nextAtMs);
      }
    }),
    { numRuns: runs.numRuns / 2 },
  );
});

/** What one sample says, and how much more another says that is taken at the same moment. */
const measured = fc.record({
  percent: fc.constantFrom(0, 0, 0, 3, 8, 90),
  cpuPercent: fc.constantFrom(0, 0, 0, 1.5, 3, 200),
  networkBytes: fc.constantFrom(0, 0, 0, 500_000, 2_000_000),
  typed: fc.constantFrom(false, false, false, false, true),
});
interface Measured {
  readonly percent: number;
  readonly cpuPercent: number;
  readonly networkBytes: number;
  readonly typed: boolean;
}

/** The moment of the stop when a container is looked at and measured each 30 s. */
function stopOf(samples: readonly Measured[]): number {
  const limits = { ...studentLimits, idleTimeoutMs: 6 * minute };
  const life = createLife({ limits, policy: { ...studentPolicy, gracePeriodMs: minute } });
  let inputAtMs: number | null = null;
  for (let at = 0; life.momentsOf('stop').length === 0; at += 1) {
    const nowMs = at * 30 * second;
    const given = samples[at] ?? { percent: 0, cpuPercent: 0, networkBytes: 0, typed: false };
    if (given.typed) inputAtMs = nowMs - second;
    const { cpuPercent, networkBytes } = given;
    const slots = [{ slot: '0', utilizationPercent: given.percent, inUse: null }];
    life.measure = () => ({ slots, cpuPercent, networkBytes, inputAtMs });
    life.sleepUntil(nowMs).lookAndMeasure();
  }
  return life.nowMs;
}

test('more activity never stops earlier', () => {
  const some = fc.array(fc.tuple(measured, measured), { maxLength: 60 });
  fc.assert(
    fc.property(some, (pairs) => {
      const less = pairs.map(([one]) => one);
      const more = pairs.map(([one, extra]) => ({
        percent: Math.max(one.percent, extra.percent),
        cpuPercent: one.cpuPercent + extra.cpuPercent,
        networkBytes: one.networkBytes + extra.networkBytes,
        typed: one.typed || extra.typed,
      }));
      expect(stopOf(more)).toBeGreaterThanOrEqual(stopOf(less));
    }),
    runs,
  );
});

test('a jump of time is never the reason of a stop: what was left before it is left after it', () => {
  const limits = { ...studentLimits, maxRuntimeMs: null };
  const before = fc.integer({ min: 0, max: 59 * minute });
  const jump = fc.integer({ min: 2 * minute, max: 10_000 * hour });
  fc.assert(
    fc.property(before, jump, (beforeMs, jumpMs) => {
      const life = createLife({ limits }).runUntil(beforeMs);
      life.look();
      life.sleepUntil(beforeMs + jumpMs).runUntil(beforeMs + jumpMs + 3 * hour);
      const [stop = 0] = life.momentsOf('stop');
      const leftMs = 60 * minute - beforeMs;
      // What happened since the last sample before the jump isn't known.
      const leastMs = Math.min(leftMs, 30 * minute) - 30 * second;
      expect(stop - (beforeMs + jumpMs)).toBeGreaterThanOrEqual(leastMs);
    }),
    { numRuns: runs.numRuns / 4 },
  );
});

test('whatever start the engine tells, no more runtime is counted than went by', () => {
  const starts = fc.array(fc.integer({ min: -1000 * hour, max: 1000 * hour }), { maxLength: 20 });
  fc.assert(
    fc.property(starts, (told) => {
      const life = createLife({ measure: () => ({ cpuPercent: 90 }) });
      life.look();
      for (const startedAtMs of told) {
        life.container = { ...life.container, startedAtMs };
        life.runUntil(life.nowMs + 5 * minute);
      }
      expect(life.memory?.ranForMs).toBeLessThanOrEqual(life.nowMs);
      expect(life.happened).toEqual([]);
    }),
    { numRuns: runs.numRuns / 4 },
  );
});

test('what is to come is never in the past, and always comes', () => {
  fc.assert(
    fc.property(rules, incidents, (given, history) => {
      const life = lifeUnder(given);
      for (const incident of history) {
        happen(life, incident);
        const { nextAtMs, sampleAtMs, explanation } = life.look();
        for (const atMs of [nextAtMs, sampleAtMs]) {
          expect(atMs ?? Infinity).toBeGreaterThanOrEqual(life.nowMs);
        }
        const acts = explanation.next?.atMs ?? Infinity;
        if (acts < Infinity) expect(nextAtMs).not.toBeNull();
        for (const { message } of explanation.rules) expect(message).toMatch(/\S/);
      }
    }),
    { numRuns: runs.numRuns / 4 },
  );
});

test('500 containers are evaluated in far less than 50 ms of CPU', () => {
  const lives = Array.from({ length: 500 }, () => createLife().runUntil(40 * minute));
  const evaluations = lives.map((life) => evaluationOf(life, 0));
  const measure = () => {
    const before = process.cpuUsage();
    for (const evaluation of evaluations) evaluate(evaluation);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const bestMs = Math.min(measure(), measure(), measure());
  expect(bestMs).toBeLessThan(50);
});

import { expect, test } from 'vitest';
import {
  createLife,
  hour,
  minute,
  ordinary,
  runningContainer,
  second,
  silence,
  studentLimits,
  studentPolicy,
} from './testing/life.ts';
import type { SlotSample } from './types.ts';

const slot = (utilizationPercent: number | null, inUse: boolean | null = null): SlotSample => ({
  slot: '0',
  utilizationPercent,
  inUse,
});

test('an idle container is warned twice and stopped in time, the grace period not counted', () => {
  const life = createLife().runUntil(2 * hour);
  expect(life.momentsOf('warn')).toEqual([46 * minute + 50_526, 50 * minute]);
  expect(life.momentsOf('stop')).toEqual([60 * minute]);
});

test('warnings come at 80 % and 95 % where the lead allows it', () => {
  const limits = { ...studentLimits, idleTimeoutMs: 10 * hour };
  const policy = { ...studentPolicy, gracePeriodMs: 0 };
  const life = createLife({ limits, policy }).runUntil(11 * hour);
  expect(life.momentsOf('warn')).toEqual([8 * hour, 9.5 * hour]);
  expect(life.momentsOf('stop')).toEqual([10 * hour]);
});

test('a timeout of a minute is kept to the second, with a third of it as lead', () => {
  const limits = { ...studentLimits, idleTimeoutMs: minute };
  const policy = { ...studentPolicy, gracePeriodMs: 0 };
  const life = createLife({ limits, policy }).runUntil(5 * minute);
  expect(life.momentsOf('warn')).toEqual([33_684, 40 * second]);
  expect(life.momentsOf('stop')).toEqual([60 * second]);
});

test.each([
  ['a GPU at its threshold', { slots: [slot(5)] }],
  ['the CPU above its threshold', { cpuPercent: 2.1 }],
  ['traffic above its threshold in a window', { networkBytes: 400_000 }],
  ['a MIG instance that a process uses', { slots: [slot(null, true)] }],
  ['a GPU of which nothing is known', { slots: [slot(null)] }],
  ['no slot that could be looked at', { slots: [] }],
  ['a CPU of which nothing is known', { cpuPercent: null }],
])('%s keeps a container from being idle', (_name, measured) => {
  expect(createLife({ measure: () => measured }).runUntil(17 * hour).happened).toEqual([]);
});

test.each([
  ['a GPU just below its threshold', { slots: [slot(4.9)] }],
  ['the CPU at its threshold', { cpuPercent: 2 }],
  ['traffic below its threshold', { networkBytes: 250_000 }],
  ['a MIG instance without a process or memory', { slots: [slot(null, false)] }],
  ['no network of its own', { networkBytes: null }],
  ['a terminal in which nobody types, whatever is printed', { inputAtMs: 5 * minute }],
])('%s does not', (_name, measured) => {
  const life = createLife({ measure: () => measured }).runUntil(2 * hour);
  expect(life.momentsOf('stop')).toEqual([60 * minute]);
});

test('one of several GPUs that works is enough', () => {
  const slots = [slot(0), { slot: '1', utilizationPercent: 40, inUse: true }];
  expect(createLife({ measure: () => ({ slots }) }).runUntil(17 * hour).happened).toEqual([]);
});

test('use is averaged over the window, so that a gap between two bursts is no idleness', () => {
  const measure = (atMs: number) => ({ slots: [slot(atMs % (90 * second) < 1000 ? 100 : 0)] });
  expect(createLife({ measure }).runUntil(17 * hour).happened).toEqual([]);
});

test('what is typed counts from when it was typed', () => {
  const typedAtMs = 41 * minute + 7 * second;
  const life = createLife({
    measure: (atMs) => ({ inputAtMs: atMs >= typedAtMs ? typedAtMs : null }),
  }).runUntil(3 * hour);
  expect(life.momentsOf('stop')).toEqual([typedAtMs + 30 * minute]);
});

test('activity after a warning takes it back, and the next episode warns again', () => {
  const life = createLife({
    measure: (atMs) => (Math.abs(atMs - 52 * minute) < 15_000 ? { cpuPercent: 90 } : {}),
  }).runUntil(3 * hour);
  const resumed = life.happened.filter(({ action }) => action.kind === 'resumed');
  expect(resumed.map(({ action }) => action)).toEqual([
    { kind: 'resumed', rule: 'idle', signal: 'cpu' },
  ]);
  expect(life.momentsOf('warn')).toHaveLength(4);
  expect(life.momentsOf('stop')[0]).toBeGreaterThan(82 * minute);
  expect(life.momentsOf('stop')[0]).toBeLessThan(84 * minute);
});

test('a keep-alive holds the stop off until it ends, with warnings before it', () => {
  const life = createLife();
  life.situation = { ...ordinary, keepAliveUntilMs: 3 * hour };
  life.runUntil(5 * hour);
  expect(life.momentsOf('warn')).toEqual([3 * hour - 13 * minute - 9474, 3 * hour - 10 * minute]);
  expect(life.momentsOf('stop')).toEqual([3 * hour]);
});

test('a keep-alive after the last warning takes it back', () => {
  const life = createLife().runUntil(52 * minute);
  life.situation = { ...ordinary, keepAliveUntilMs: 2 * hour };
  life.runUntil(3 * hour);
  expect(life.happened.map(({ action }) => action).find(({ kind }) => kind === 'resumed')).toEqual({
    kind: 'resumed',
    rule: 'idle',
    signal: 'keep-alive',
  });
  expect(life.momentsOf('stop')).toEqual([2 * hour]);
});

test('a keep-alive of the far future lasts for as long as the site allows, and no longer', () => {
  const life = createLife();
  life.situation = { ...ordinary, keepAliveUntilMs: 5000 * hour };
  life.limits = { ...studentLimits, maxRuntimeMs: null };
  life.runUntil(30 * hour);
  expect(life.momentsOf('stop')).toEqual([24 * hour]);
});

test('in high demand the timeout is shorter, and every warning says so', () => {
  const life = createLife({ situation: { ...ordinary, highDemand: true } }).runUntil(2 * hour);
  expect(life.momentsOf('stop')).toEqual([45 * minute]);
  const warnings = life.happened.filter(({ action }) => action.kind === 'warn');
  expect(warnings).toHaveLength(2);
  expect(warnings.every(({ action }) => action.kind === 'warn' && action.highDemand)).toBe(true);
});

test('high demand that begins after a warning keeps what the warning promised', () => {
  const life = createLife().runUntil(47 * minute);
  expect(life.momentsOf('warn')).toHaveLength(1);
  life.situation = { ...ordinary, highDemand: true };
  life.runUntil(2 * hour);
  expect(life.momentsOf('stop')).toEqual([60 * minute]);
});

test('the exempt are told once in each idle episode, and never stopped', () => {
  const exemptions = { idle: 'Conference deadline', maxRuntime: 'Conference deadline' };
  const life = createLife({
    situation: { ...ordinary, exemptions },
    limits: { ...studentLimits, maxRuntimeMs: null },
    measure: (atMs) => (Math.abs(atMs - 5 * hour) < 15_000 ? { cpuPercent: 90 } : {}),
  }).runUntil(10 * hour);
  const kinds = life.happened.map(({ action }) => action.kind);
  expect(kinds).toEqual(['notice', 'notice']);
  expect(life.momentsOf('notice')[0]).toBe(54 * minute);
});

test('an exemption that ends leaves a whole lead', () => {
  const exemptions = { idle: 'until noon', maxRuntime: null };
  const life = createLife({ situation: { ...ordinary, exemptions } }).runUntil(5 * hour);
  life.situation = ordinary;
  life.runUntil(6 * hour);
  expect(life.momentsOf('stop')).toEqual([5 * hour + 10 * minute]);
});

test.each(['protected', 'monitoring'] as const)('%s exempts from everything', (exempt) => {
  const life = createLife({ container: { ...runningContainer, exempt } }).runUntil(100 * hour);
  expect(life.happened).toEqual([]);
  expect(life.last?.sampleAtMs).toBeNull();
});

test('a container without a GPU is neither measured nor stopped', () => {
  const life = createLife({ container: { ...runningContainer, holdsGpu: false } });
  life.runUntil(100 * hour);
  expect(life.happened).toEqual([]);
  expect(life.last).toMatchObject({ nextAtMs: null, sampleAtMs: null });
});

test('a frozen container is idle as any other', () => {
  const life = createLife({ container: { ...runningContainer, state: 'paused' } });
  expect(life.runUntil(2 * hour).momentsOf('stop')).toEqual([60 * minute]);
});

test('a start begins idleness anew, with its grace period', () => {
  const life = createLife().runUntil(55 * minute);
  life.container = { ...runningContainer, startedAtMs: 55 * minute };
  life.runUntil(3 * hour);
  expect(life.momentsOf('stop')).toEqual([115 * minute]);
});

test('a timeout of 0 is zero: what is seen to be idle is stopped after its warning', () => {
  const limits = { ...studentLimits, idleTimeoutMs: 0 };
  const life = createLife({ limits }).runUntil(hour);
  const [stop] = life.momentsOf('stop');
  const [warning] = life.momentsOf('warn');
  expect(warning).toBe(30 * minute);
  expect(stop).toBe(30 * minute + second);
});

test('no limit never stops', () => {
  const limits = { ...studentLimits, idleTimeoutMs: null, maxRuntimeMs: null };
  expect(createLife({ limits }).runUntil(1000 * hour).happened).toEqual([]);
});

test('a stop waits for a sample of its own moment, but not for long', () => {
  let isMeasured = true;
  const life = createLife({ measure: () => (isMeasured ? silence : null) });
  life.runUntil(59 * minute + 45 * second);
  isMeasured = false;
  life.runUntil(61 * minute);
  const [stop] = life.momentsOf('stop');
  expect(stop).toBeGreaterThanOrEqual(60 * minute + 1500);
  expect(stop).toBeLessThanOrEqual(60 * minute + 2000);
});

test('a stop that did not happen is asked for again, not at once', () => {
  const life = createLife();
  life.obeys = false;
  life.runUntil(63 * minute);
  expect(life.momentsOf('stop')).toEqual([60 * minute, 61 * minute + 30 * second, 63 * minute]);
});

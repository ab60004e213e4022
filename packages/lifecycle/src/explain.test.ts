import { expect, test } from 'vitest';
import {
  createLife,
  hour,
  minute,
  ordinary,
  runningContainer,
  studentLimits,
  studentPolicy,
} from './testing/life.ts';
import type { ActivitySample } from './types.ts';

function explained(measured: Partial<ActivitySample> = {}, untilMs = 40 * minute) {
  const life = createLife({ measure: () => measured }).runUntil(untilMs);
  return life.look().explanation;
}

const signalsOf = (measured: Partial<ActivitySample>) =>
  explained(measured).signals.map(({ message }) => message);

test('each signal says its value and its threshold', () => {
  expect(signalsOf({})).toEqual([
    'GPU 0 used 0.0 % on average over the last 3 samples, below 5 %.',
    'The CPU was used 0.1 % on average over the last 3 samples; up to 2 % counts as idle (100 % is one CPU).',
    'The network carried 600 B over the last 3 samples; up to 1 MiB counts as idle.',
    'No terminal is open in it. What programs print does not count, only what is typed.',
    'No keep-alive holds the idle rule off.',
  ]);
});

test('a signal that is active says so', () => {
  const slots = [
    { slot: '0:1', utilizationPercent: 71.25, inUse: true },
    { slot: '0:2', utilizationPercent: null, inUse: true },
    { slot: '0:3', utilizationPercent: null, inUse: null },
    { slot: '0:4', utilizationPercent: null, inUse: false },
  ];
  expect(signalsOf({ slots, cpuPercent: 350, networkBytes: 5_000_000 }).slice(0, 6)).toEqual([
    'GPU 0:1 used 71.3 % on average over the last 3 samples, which is active from 5 % on.',
    'GPU 0:2 gives no percentage, but a process or memory is on it: that counts as active.',
    'GPU 0:3: nothing tells how much it is used. Unknown never counts as idle.',
    'GPU 0:4 gives no percentage; no process and no memory was on it over the last 3 samples.',
    'The CPU was used 350.0 % on average over the last 3 samples, more than 2 % (100 % is one CPU).',
    'The network carried 14.3 MiB over the last 3 samples, more than 1 MiB.',
  ]);
});

test('an idle container is told when it is stopped, and what postpones it', () => {
  const { next, rules } = explained();
  expect(next).toEqual({
    rule: 'idle',
    atMs: hour,
    message: 'It is stopped after 30m without activity; it has been idle for 10m, 20m are left.',
  });
  expect(rules[0]?.warnings).toEqual([
    { atMs: 46 * minute + 50_526, given: false },
    { atMs: 50 * minute, given: false },
  ]);
  expect(rules[0]?.postponedBy).toContain('`ds01 container keep NAME --for 2h`');
  expect(rules[0]?.limit).toMatchObject({ key: 'idle_timeout_h', value: 0.5 });
});

test('what was warned of is listed as given', () => {
  const { rules } = explained({}, 55 * minute);
  expect(rules[0]?.warnings).toEqual([{ atMs: 50 * minute, given: true }]);
});

test('an active container is stopped by its runtime alone', () => {
  const { next, rules } = explained({ cpuPercent: 50 });
  expect(rules[0]).toMatchObject({ applies: true, actsAtMs: null, warnings: [] });
  expect(next).toMatchObject({ rule: 'max-runtime', atMs: 24 * hour });
  expect(next?.message).toBe(
    'It may run for 1d in all; it ran for 40m, 23h 20m are left. A restart does not begin anew.',
  );
});

test('within the grace period it is said that it does not count', () => {
  const { rules } = explained({}, 10 * minute);
  expect(rules[0]?.message).toBe(
    'It is stopped after 30m without activity; the first 30m after a start do not count. 50m are left.',
  );
});

test('high demand is named with what would hold without it', () => {
  const life = createLife({ situation: { ...ordinary, highDemand: true } }).runUntil(35 * minute);
  expect(life.look().explanation.rules[0]?.message).toBe(
    'It is stopped after 15m without activity, 30m outside high demand; it has been idle for 5m, 10m are left.',
  );
});

test('a pause of the rules is named', () => {
  const situation = { ...ordinary, pausedUntilMs: 3 * hour };
  const life = createLife({ situation }).runUntil(2 * hour);
  const { rules } = life.look().explanation;
  expect(rules[0]?.message).toContain('An administrator paused the rules for another 1h.');
  expect(rules[0]).toMatchObject({
    actsAtMs: 3 * hour + 10 * minute,
    warnings: [{ atMs: 3 * hour, given: false }],
  });
});

test('whoever was warned before a pause of the rules has the rest of that lead after it', () => {
  const life = createLife().runUntil(56 * minute);
  life.situation = { ...ordinary, pausedUntilMs: 3 * hour };
  life.runUntil(2 * hour);
  const [idle] = life.look().explanation.rules;
  expect(idle?.actsAtMs).toBe(3 * hour + 4 * minute);
  life.situation = ordinary;
  life.sleepUntil(3 * hour).runUntil(4 * hour);
  expect(life.momentsOf('stop')).toEqual([3 * hour + 4 * minute]);
});

test('an exemption is named with its reason', () => {
  const exemptions = { idle: 'Grant 12 until 2026-12-24', maxRuntime: 'Grant 12' };
  const life = createLife({ situation: { ...ordinary, exemptions } }).runUntil(2 * hour);
  const [idle, runtime] = life.look().explanation.rules;
  expect(idle).toMatchObject({
    applies: false,
    actsAtMs: null,
    message: 'It is told when it is idle, but not stopped: Grant 12 until 2026-12-24',
  });
  expect(runtime?.message).toBe('It may run for longer than others: Grant 12');
});

test('a stopped container is told when its GPU goes and when it goes itself', () => {
  const container = {
    ...runningContainer,
    state: 'stopped',
    startedAtMs: null,
    stoppedAtMs: 0,
  } as const;
  const life = createLife({ container }).runUntil(5 * minute);
  const { rules, next } = life.look().explanation;
  expect(rules.map(({ rule, actsAtMs }) => [rule, actsAtMs])).toEqual([
    ['idle', null],
    ['max-runtime', null],
    ['gpu-hold', 15 * minute],
    ['container-hold', 30 * minute],
    ['never-started', null],
  ]);
  expect(next?.message).toBe('Its GPU goes back to everybody in 10m; the container stays.');
});

test.each([
  [hour, '1h'],
  [1.5 * hour, '90m'],
  [24 * hour, '2h'],
  [null, '2h'],
])('what is proposed to type is within what the site allows: %s ms', (keepAliveMaxMs, span) => {
  const life = createLife({ policy: { ...studentPolicy, keepAliveMaxMs } }).runUntil(40 * minute);
  const [idle] = life.look().explanation.rules;
  expect(idle?.postponedBy).toContain(`\`ds01 container keep NAME --for ${span}\``);
});

test('where no keep-alive counts, none is proposed', () => {
  const life = createLife({ policy: { ...studentPolicy, keepAliveMaxMs: 0 } }).runUntil(
    40 * minute,
  );
  const [idle] = life.look().explanation.rules;
  expect(idle?.postponedBy).toEqual([expect.stringMatching(/^Work on the GPU/)]);
});

test('what was typed is said only while it counts', () => {
  const typed = (inputAtMs: number) => signalsOf({ inputAtMs })[3];
  expect(typed(40 * minute)).toContain('Somebody typed 0s ago, or opened a terminal.');
  expect(typed(0)).toBe('Nothing was typed for 40m. What programs print does not count.');
});

test('where idleness is a minute, who typed when the kernel last told of it counts', () => {
  const limits = { ...studentLimits, idleTimeoutMs: minute };
  const typedAgo = (agoMs: number): boolean | undefined =>
    createLife({ limits, measure: (atMs) => ({ inputAtMs: atMs - agoMs }) })
      .runUntil(30_000)
      .look()
      .explanation.signals.find(({ signal }) => signal === 'input')?.active;
  expect([13_000, 25_000].map(typedAgo)).toEqual([true, false]);
});

import { expect, test } from 'vitest';
import { planLifecycle } from './plan.ts';
import {
  createLife,
  evaluationOf,
  hour,
  minute,
  ordinary,
  runningContainer,
  studentLimits,
} from './testing/life.ts';

const planned = (life: ReturnType<typeof createLife>, untilMs: number) =>
  planLifecycle(evaluationOf(life), untilMs).map(({ atMs, rule, action }) => [
    atMs,
    rule,
    action.kind,
  ]);

test('a plan is what then happens', () => {
  const life = createLife().runUntil(40 * minute);
  const steps = planned(life, 4 * hour);
  life.runUntil(4 * hour);
  const happened = life.happened.map(({ atMs, action }) => [atMs, action.kind]);
  expect(steps.map(([atMs, , kind]) => [atMs, kind])).toEqual(happened);
  expect(happened.map(([, kind]) => kind)).toEqual([
    'warn',
    'warn',
    'stop',
    'release-gpu',
    'remove',
  ]);
});

test('a plan ends at its moment', () => {
  const life = createLife().runUntil(40 * minute);
  expect(planned(life, 50 * minute).map(([, , kind]) => kind)).toEqual(['warn', 'warn']);
});

test('planning changes nothing', () => {
  const life = createLife().runUntil(40 * minute);
  const before = JSON.stringify([life.memory, life.container]);
  planned(life, 40 * hour);
  expect(JSON.stringify([life.memory, life.container])).toBe(before);
});

test('what is active is not planned to be idle, but its runtime ends', () => {
  const life = createLife({ measure: () => ({ cpuPercent: 90 }) }).runUntil(hour);
  expect(planned(life, 24 * hour)).toEqual([
    [18 * hour, 'max-runtime', 'warn'],
    [21.6 * hour, 'max-runtime', 'warn'],
    [24 * hour, 'max-runtime', 'stop'],
  ]);
});

test('a pause of the rules moves what is planned, with its lead', () => {
  const life = createLife().runUntil(40 * minute);
  life.situation = { ...ordinary, pausedUntilMs: 5 * hour };
  expect(planned(life, 6 * hour).slice(0, 2)).toEqual([
    [5 * hour, 'idle', 'warn'],
    [5 * hour + 10 * minute, 'idle', 'stop'],
  ]);
});

test('nothing is planned for what is exempt, a month ahead', () => {
  const container = { ...runningContainer, exempt: 'protected' } as const;
  expect(planned(createLife({ container }), 720 * hour)).toEqual([]);
});

test('each step says in a sentence what it would be', () => {
  const life = createLife({ limits: { ...studentLimits, maxRuntimeMs: null } }).runUntil(
    40 * minute,
  );
  const messages = planLifecycle(evaluationOf(life), 4 * hour).map(({ message }) => message);
  expect(messages).toEqual([
    'Warning: idle, to be stopped in 13m 9s.',
    'Last warning: idle, to be stopped in 10m.',
    'Stopped after 30m without activity.',
    'Its GPU goes back to everybody, 15m after it stopped; the container stays.',
    'Removed 30m after it stopped; what it changed is kept as an image.',
  ]);
});

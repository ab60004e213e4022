import { expect, test } from 'vitest';
import {
  createLife,
  hour,
  minute,
  ordinary,
  runningContainer,
  studentLimits,
} from './testing/life.ts';

const stopped = {
  ...runningContainer,
  state: 'stopped',
  startedAtMs: null,
  stoppedAtMs: 0,
} as const;
const created = { ...runningContainer, state: 'created', startedAtMs: null } as const;

test('the GPU goes back after its hold while the container stays until its own', () => {
  const life = createLife({ container: stopped }).runUntil(2 * hour);
  expect(life.happened).toEqual([
    { atMs: 15 * minute, action: { kind: 'release-gpu' } },
    {
      atMs: 30 * minute,
      action: { kind: 'remove', rule: 'container-hold', keepLayer: true },
    },
  ]);
});

test('a hold of 0 ends at once, it is not "for ever"', () => {
  const limits = { ...studentLimits, gpuHoldMs: 0 };
  const life = createLife({ container: stopped, limits });
  expect(life.look().actions).toEqual([{ kind: 'release-gpu' }]);
});

test('no limit holds for ever', () => {
  const limits = { ...studentLimits, gpuHoldMs: null, containerHoldMs: null };
  const life = createLife({ container: stopped, limits }).runUntil(1000 * hour);
  expect(life.happened).toEqual([]);
  expect(life.last?.nextAtMs).toBeNull();
});

test('a stopped container without a GPU that DS01 did not make is never removed', () => {
  const container = { ...stopped, holdsGpu: false, managed: false };
  const life = createLife({ container }).runUntil(1000 * hour);
  expect(life.happened).toEqual([]);
});

test('one of DS01 without a GPU is removed after its hold', () => {
  const life = createLife({ container: { ...stopped, holdsGpu: false } }).runUntil(2 * hour);
  expect(life.momentsOf('remove')).toEqual([30 * minute]);
});

test("a job's container is removed as soon as it stopped", () => {
  const life = createLife({ container: { ...stopped, isJob: true } });
  expect(life.look().actions).toEqual([{ kind: 'remove', rule: 'job', keepLayer: false }]);
});

test('a container that was never started stays for its time, and not a moment less', () => {
  const life = createLife({ container: created }).runUntil(30 * minute - 1);
  expect(life.happened).toEqual([]);
  life.runUntil(hour);
  expect(life.happened).toEqual([
    { atMs: 30 * minute, action: { kind: 'remove', rule: 'never-started', keepLayer: false } },
  ]);
});

test.each(['protected', 'monitoring'] as const)('%s keeps GPU and container', (exempt) => {
  for (const container of [stopped, created]) {
    expect(createLife({ container: { ...container, exempt } }).runUntil(hour).happened).toEqual([]);
  }
});

test('nothing is released or removed while the rules are paused', () => {
  const situation = { ...ordinary, pausedUntilMs: 3 * hour };
  const life = createLife({ container: stopped, situation }).runUntil(3 * hour - 1);
  expect(life.happened).toEqual([]);
  life.runUntil(4 * hour);
  expect(life.momentsOf('release-gpu')).toEqual([3 * hour]);
});

test('a start within the hold keeps GPU and container', () => {
  const life = createLife({
    container: stopped,
    limits: { ...studentLimits, idleTimeoutMs: null },
  });
  life.runUntil(10 * minute);
  life.container = { ...runningContainer, startedAtMs: 10 * minute };
  expect(life.runUntil(5 * hour).happened).toEqual([]);
});

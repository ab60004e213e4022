import { expect, test } from 'vitest';
import {
  createLife,
  hour,
  minute,
  ordinary,
  runningContainer,
  studentLimits,
} from './testing/life.ts';

/** Works all the time, so that only its runtime ends it. */
const busy = { measure: () => ({ cpuPercent: 80 }) };
const stopped = { ...runningContainer, state: 'stopped', startedAtMs: null } as const;

test('a container is warned at 75 % and 90 % of its runtime and stopped at its end', () => {
  const life = createLife(busy).runUntil(24 * hour + 10 * minute);
  expect(life.momentsOf('warn')).toEqual([18 * hour, 21.6 * hour]);
  expect(life.momentsOf('stop')).toEqual([24 * hour]);
});

test('restarts add up', () => {
  const life = createLife(busy).runUntil(10 * hour);
  life.container = { ...stopped, stoppedAtMs: 10 * hour };
  life.runUntil(10 * hour + 10 * minute);
  life.container = { ...runningContainer, startedAtMs: 10 * hour + 10 * minute };
  life.runUntil(30 * hour);
  expect(life.momentsOf('stop')).toEqual([24 * hour + 10 * minute]);
});

test('restarting again and again does not reset the clock', () => {
  const life = createLife(busy);
  for (let count = 1; count <= 30; count += 1) {
    life.runUntil(count * hour);
    if (life.container.state === 'stopped') break;
    life.container = { ...runningContainer, startedAtMs: count * hour };
  }
  expect(life.momentsOf('stop')).toEqual([24 * hour]);
});

test('one that is started again after its runtime was used up gets a lead, and no more', () => {
  const life = createLife(busy).runUntil(24 * hour + minute);
  life.container = { ...runningContainer, startedAtMs: 24 * hour + minute };
  life.runUntil(26 * hour);
  expect(life.momentsOf('stop')).toEqual([24 * hour, 24 * hour + 11 * minute]);
});

test('frozen time does not count', () => {
  const life = createLife(busy).runUntil(2 * hour);
  life.container = { ...runningContainer, state: 'paused' };
  life.runUntil(5 * hour);
  life.container = runningContainer;
  life.runUntil(30 * hour);
  expect(life.momentsOf('stop')).toEqual([27 * hour]);
});

test('an extension moves the end, and the warnings come again', () => {
  const life = createLife(busy).runUntil(23 * hour);
  life.situation = { ...ordinary, extensionMs: 12 * hour };
  life.runUntil(40 * hour);
  expect(life.momentsOf('warn')).toHaveLength(4);
  expect(life.momentsOf('stop')).toEqual([36 * hour]);
});

test('the exempt run on, and are told once that others would have been stopped', () => {
  const exemptions = { idle: null, maxRuntime: 'Field study' };
  const life = createLife({ ...busy, situation: { ...ordinary, exemptions } }).runUntil(90 * hour);
  expect(life.happened).toEqual([
    { atMs: 24 * hour, action: { kind: 'notice', rule: 'max-runtime', exemption: 'Field study' } },
  ]);
});

test('after a downtime over the end, a warning comes first and leaves a whole lead', () => {
  const life = createLife(busy)
    .runUntil(10 * hour)
    .sleepUntil(30 * hour);
  life.runUntil(31 * hour);
  expect(life.momentsOf('warn')).toEqual([30 * hour]);
  expect(life.momentsOf('stop')).toEqual([30 * hour + 10 * minute]);
});

test('after a downtime within the lead, what was left of it is granted again', () => {
  const limits = { ...studentLimits, maxRuntimeMs: hour, idleTimeoutMs: null };
  const life = createLife({ ...busy, limits }).runUntil(51 * minute);
  expect(life.momentsOf('warn').at(-1)).toBe(50 * minute);
  life.look();
  life.sleepUntil(5 * hour).runUntil(6 * hour);
  expect(life.momentsOf('stop')).toEqual([5 * hour + 9 * minute]);
});

test('a start that is said to lie far back can not use the runtime up', () => {
  const life = createLife(busy).runUntil(hour);
  life.container = { ...runningContainer, startedAtMs: -1000 * hour };
  life.runUntil(2 * hour);
  life.container = { ...runningContainer, startedAtMs: 1.5 * hour };
  life.runUntil(3 * hour);
  life.look();
  expect(life.memory?.ranForMs).toBe(3 * hour);
  expect(life.happened).toEqual([]);
});

test('a start that is said to lie before the last look counts from that look', () => {
  const life = createLife(busy).runUntil(hour);
  life.container = { ...stopped, stoppedAtMs: hour };
  life.runUntil(2 * hour).look();
  life.runUntil(2 * hour + minute);
  life.container = { ...runningContainer, startedAtMs: 0.5 * hour };
  life.look();
  expect(life.memory?.ranForMs).toBe(hour + minute);
});

test('a pause of the rules after the last warning leaves what was left of its lead', () => {
  const limits = { ...studentLimits, maxRuntimeMs: hour, idleTimeoutMs: null };
  const life = createLife({ ...busy, limits }).runUntil(51 * minute);
  life.situation = { ...ordinary, pausedUntilMs: 3 * hour };
  life.look();
  life.runUntil(5 * hour);
  expect(life.momentsOf('stop')).toEqual([3 * hour + 9 * minute]);
});

import { expect, test } from 'vitest';
import { createLife, hour, minute, ordinary, second, studentPolicy } from './testing/life.ts';

test('hours without a daemon are no evidence of idleness', () => {
  const life = createLife()
    .runUntil(40 * minute)
    .sleepUntil(10 * hour)
    .runUntil(12 * hour);
  const [stop = 0] = life.momentsOf('stop');
  expect(stop).toBeGreaterThanOrEqual(10 * hour + 20 * minute);
  expect(stop).toBeLessThanOrEqual(10 * hour + 21 * minute);
});

test('a last warning before a downtime leaves after it what was left of its lead', () => {
  const life = createLife().runUntil(55 * minute);
  life.look();
  life.sleepUntil(10 * hour).runUntil(12 * hour);
  expect(life.momentsOf('stop')).toEqual([10 * hour + 5 * minute]);
});

test('a short silence is bridged by the sample after it', () => {
  const life = createLife()
    .runUntil(40 * minute)
    .sleepUntil(41 * minute)
    .runUntil(2 * hour);
  expect(life.momentsOf('stop')).toEqual([60 * minute]);
});

test('a daemon that was restarted goes on where it was', () => {
  const life = createLife().runUntil(40 * minute);
  life.memory = JSON.parse(JSON.stringify(life.memory)) as typeof life.memory;
  life.runUntil(2 * hour);
  expect(life.momentsOf('stop')).toEqual([60 * minute]);
});

test('a container that ran for long before anybody looked is not idle since then', () => {
  const life = createLife()
    .sleepUntil(9 * hour)
    .runUntil(12 * hour);
  expect(life.momentsOf('stop')).toEqual([9.5 * hour]);
});

test('a meter that fails now and then delays a stop by the time that it missed', () => {
  const life = createLife({
    measure: (atMs) => {
      const minutes = Math.floor(atMs / minute);
      return minutes === 35 || minutes === 36 ? { cpuPercent: null, slots: [] } : {};
    },
  }).runUntil(3 * hour);
  const [stop = 0] = life.momentsOf('stop');
  expect(stop).toBeGreaterThan(61 * minute);
  expect(stop).toBeLessThan(65 * minute);
});

test('while the rules are paused nothing is done, and afterwards the leads are granted again', () => {
  const life = createLife().runUntil(52 * minute);
  life.situation = { ...ordinary, pausedUntilMs: 4 * hour };
  life.runUntil(4 * hour - 1);
  expect(life.momentsOf('stop')).toEqual([]);
  life.runUntil(6 * hour);
  expect(life.momentsOf('stop')).toEqual([4 * hour + 8 * minute]);
});

test('who was not warned before a pause of the rules is warned after it', () => {
  const life = createLife({ situation: { ...ordinary, pausedUntilMs: 4 * hour } });
  life.runUntil(6 * hour);
  expect(life.momentsOf('warn')).toEqual([4 * hour]);
  expect(life.momentsOf('stop')).toEqual([4 * hour + 10 * minute]);
});

test('after a downtime a whole window must be idle again before a stop', () => {
  const policy = { ...studentPolicy, windowSamples: 5 };
  const life = createLife({ policy }).runUntil(59 * minute + 50 * second);
  life.look();
  life.sleepUntil(10 * hour).runUntil(12 * hour);
  const [stop = 0] = life.momentsOf('stop');
  // Ten seconds of the lead were left.
  expect(stop).toBeGreaterThanOrEqual(10 * hour + 2 * minute);
  expect(stop).toBeLessThan(10 * hour + 3 * minute);
});

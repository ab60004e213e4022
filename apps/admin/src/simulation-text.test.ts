import { localTime, plainScreen } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { simulationText } from './simulation-text.ts';

const hourMs = 3_600_000;
const since = '2026-11-01T00:00:00.000Z';
const until = '2026-11-22T00:00:00.000Z';
const summary: RouteOutput<'admin.simulate'>['present'] = {
  requests: 3,
  started: 3,
  neverStarted: 0,
  meanWaitMs: 2 * hourMs,
  medianWaitMs: hourMs,
  p95WaitMs: 5 * hourMs,
  maxWaitMs: 5 * hourMs,
  utilisation: 0.8123,
  fairness: 0.7,
};
const simulation: RouteOutput<'admin.simulate'> = {
  since,
  until,
  notes: ['3 requests that got GPUs, from the events.'],
  present: summary,
  proposed: { ...summary, meanWaitMs: hourMs, fairness: 0.95 },
  users: [
    { user: 'alice', requests: 1, presentMeanWaitMs: 0, proposedMeanWaitMs: 0 },
    { user: 'bob', requests: 2, presentMeanWaitMs: 3 * hourMs, proposedMeanWaitMs: hourMs },
  ],
};

test('both rules stand side by side, and who gains or loses most comes first', () => {
  const lines = simulationText(simulation, plainScreen, true).split('\n');
  expect(lines[0]).toBe(`from ${localTime(since)} to ${localTime(until)}`);
  expect(lines.map((line) => line.trimEnd().replaceAll(/ {2,}/g, '|')).slice(2)).toEqual([
    '|NOW|PROPOSED',
    'requests|3|3',
    'never started|0|0',
    'mean wait|2h|1h',
    'median wait|1h|1h',
    '95 % waited less|5h|5h',
    'longest wait|5h|5h',
    'GPUs in use|81.2 %|81.2 %',
    'fairness (1 is best)|0.700|0.950',
    '',
    'USER|REQUESTS|MEAN WAIT NOW|PROPOSED',
    'bob|2|3h|1h',
    'alice|1|0s|0s',
    '',
    '- 3 requests that got GPUs, from the events.',
  ]);
});

test('without a proposal only the rules in force are told', () => {
  const text = simulationText(simulation, plainScreen, false);
  expect(text).not.toContain('PROPOSED');
  expect(text).toContain('mean wait');
});

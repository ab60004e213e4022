import { expect, test } from 'vitest';
import { jainIndex, replay, replayInSteps } from './replay.ts';
import type { SchedulerPolicy, Trace, TraceRequest } from './types.ts';

const hourMs = 3_600_000;
const policy: SchedulerPolicy = {
  order: 'backfill',
  half_life_days: 7,
  group_weights: {},
  ageing_h: 72,
};

function asked(id: string, changes: Partial<TraceRequest> = {}): TraceRequest {
  return {
    id,
    user: id,
    group: 'students',
    priority: 'normal',
    gpus: 1,
    submittedAtMs: 0,
    durationMs: hourMs,
    runtimeMs: hourMs,
    ...changes,
  };
}

/** Two GPUs: a long task on one, then a wide task, and one that fits into the gap before it. */
const trace: Trace = {
  gpus: 2,
  requests: [
    asked('long', { durationMs: 4 * hourMs, runtimeMs: 4 * hourMs }),
    asked('wide', { gpus: 2, submittedAtMs: 1000, durationMs: 2 * hourMs, runtimeMs: 2 * hourMs }),
    asked('short', { submittedAtMs: 2000 }),
    asked('huge', { gpus: 3, submittedAtMs: 3000 }),
  ],
};

function startsOf(order: SchedulerPolicy['order']) {
  const { requests } = replay(trace, { ...policy, order });
  return Object.fromEntries(requests.map(({ id, startedAtMs }) => [id, startedAtMs]));
}

test('what would delay nobody fills the gap before a wide request, or waits behind it', () => {
  const wide = 4 * hourMs;
  expect(startsOf('backfill')).toEqual({ long: 0, wide, short: 2000, huge: null });
  expect(startsOf('fifo')).toEqual({ long: 0, wide, short: wide + 2 * hourMs, huge: null });
});

test('the figures are those of what started', () => {
  const found = replay(trace, policy);
  expect(found.maxWaitMs).toBe(4 * hourMs - 1000);
  expect(found.meanWaitMs).toBe((4 * hourMs - 1000) / 3);
  expect(found.medianWaitMs).toBe(0);
  // 4 h and 1 h of one GPU, 2 h of both, in 6 h of two.
  expect(found.utilisation).toBeCloseTo(9 / 12);
});

test('a request that ran longer than it might holds its GPU for as long as it did', () => {
  const late = asked('late', { durationMs: 3 * hourMs });
  const { requests } = replay({ gpus: 1, requests: [late, asked('next')] }, policy);
  expect(requests[1]).toMatchObject({ startedAtMs: 3 * hourMs });
});

test('a replay is repeatable, whatever the order of the requests', () => {
  const reversed = { ...trace, requests: trace.requests.toReversed() };
  const { requests, ...figures } = replay(trace, policy);
  expect(replay(reversed, policy)).toEqual({ ...figures, requests: requests.toReversed() });
});

test('steps are the moments when something comes or ends', () => {
  expect([...replayInSteps(trace, policy)]).toEqual([
    0,
    1000,
    2000,
    hourMs + 2000,
    4 * hourMs,
    6 * hourMs,
  ]);
});

test('a trace without requests has no waits', () => {
  expect(replay({ gpus: 2, requests: [] }, policy)).toMatchObject({
    requests: [],
    maxWaitMs: 0,
    utilisation: 0,
    fairness: 1,
  });
});

test('fairness is 1 when all are served alike, 1/n when one has all', () => {
  expect(jainIndex([0.4, 0.4, 0.4])).toBeCloseTo(1);
  expect(jainIndex([1, 0, 0, 0])).toBeCloseTo(0.25);
});

import { slotIdSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { schedule } from './schedule.ts';
import { gpu, gpus, hourMs, inputOf, leased, migGpu, nowMs, request } from './testing/build.ts';
import type { SchedulerDecision } from './types.ts';

function granted(decision: SchedulerDecision): readonly string[] {
  return decision.grants.map(({ id }) => id);
}

function reasons(decision: SchedulerDecision): Readonly<Record<string, string>> {
  return Object.fromEntries(decision.waiting.map(({ id, reason }) => [id, reason.code]));
}

function estimates(decision: SchedulerDecision): Readonly<Record<string, number | null>> {
  return Object.fromEntries(
    decision.waiting.map(({ id, estimatedStartMs }) => [
      id,
      estimatedStartMs === null ? null : (estimatedStartMs - nowMs) / hourMs,
    ]),
  );
}

describe('grants', () => {
  test('what is free goes to those whose turn it is, and the next one is told when', () => {
    const decision = schedule(
      inputOf({
        devices: gpus(2),
        waiting: [
          request('anna', { waitedH: 3 }),
          request('ben', { waitedH: 2, runtimeH: 5 }),
          request('carl', { waitedH: 1 }),
        ],
      }),
    );
    expect(granted(decision)).toEqual(['anna', 'ben']);
    expect(decision.waiting).toMatchObject([{ id: 'carl', position: 1 }]);
    expect(reasons(decision)).toEqual({ carl: 'no-slot-free' });
    expect(estimates(decision)).toEqual({ carl: 5 });
  });

  test('who used less of their share comes first', () => {
    const waiting = [
      request('heavy', { waitedH: 2 }),
      request('light', { waitedH: 1 }),
      request('staff', { waitedH: 1, group: 'staff' }),
    ];
    const usage = { heavy: 40, light: 30, staff: 60 };
    const group_weights = { staff: 3 };
    const input = inputOf({ devices: gpus(1), waiting, usage, policy: { group_weights } });
    expect(granted(schedule(input))).toEqual(['staff']);
    expect(schedule(input).waiting.map(({ id }) => id)).toEqual(['light', 'heavy']);
  });

  test('a request of no GPU never waits', () => {
    const waiting = [request('cpu', { gpu: { kind: 'none' } })];
    expect(granted(schedule(inputOf({ devices: [], waiting })))).toEqual(['cpu']);
  });

  test('nothing is granted while the queue is held, nor to a request that is held', () => {
    const waiting = [request('anna'), request('ben', { held: true })];
    const all = schedule(inputOf({ devices: gpus(2), waiting, held: true }));
    expect(reasons(all)).toEqual({ anna: 'queue-held', ben: 'queue-held' });
    const one = schedule(inputOf({ devices: gpus(2), waiting }));
    expect(granted(one)).toEqual(['anna']);
    expect(reasons(one)).toEqual({ ben: 'held' });
  });

  test('what the limits or the GPUs forbid is impossible, and no reason to wait', () => {
    const decision = schedule(
      inputOf({
        devices: gpus(2),
        leases: leased(2, 1),
        waiting: [
          request('many', { count: 3 }),
          request('over', { count: 2, limits: { maxGpuEquivalents: 1 } }),
          request('mig', { gpu: { kind: 'mig', profile: '1g.5gb', count: 1 } }),
        ],
      }),
    );
    expect(decision.waiting).toEqual([]);
    expect(decision.impossible.map(({ id, code }) => [id, code])).toEqual([
      ['many', 'gpu.no-match'],
      ['mig', 'gpu.no-match'],
      ['over', 'quota.gpu-exceeded'],
    ]);
  });

  test('who has their quota already holds nobody up, and is told when theirs ends', () => {
    const decision = schedule(
      inputOf({
        devices: gpus(3),
        leases: leased(1, 7).map((lease) => ({ ...lease, user: 'greedy' })),
        waiting: [
          request('greedy', { waitedH: 9, limits: { maxGpuEquivalents: 1 } }),
          request('next', { count: 2 }),
        ],
      }),
    );
    expect(granted(decision)).toEqual(['next']);
    expect(reasons(decision)).toEqual({ greedy: 'own-quota' });
    expect(estimates(decision)).toEqual({ greedy: 7 });
  });

  test('the quota counts what was granted in the same pass', () => {
    const limits = { maxGpuEquivalents: 1 };
    const waiting = ['a1', 'a2'].map((id) => request(id, { user: 'a', limits }));
    const decision = schedule(inputOf({ devices: gpus(2), waiting }));
    expect(granted(decision)).toEqual(['a1']);
    expect(reasons(decision)).toEqual({ a2: 'own-quota' });
  });
});

describe('a big request', () => {
  const big = request('big', { count: 4, waitedH: 10, runtimeH: 2 });

  test('has slots kept for it as they fall free; only what is back in time may use them', () => {
    const decision = schedule(
      inputOf({
        devices: gpus(4),
        leases: [...leased(1, 3), ...leased(1, 5, 1)],
        waiting: [
          big,
          request('short', { runtimeH: 5 }),
          request('long', { runtimeH: 6 }),
          request('unknown', { runtimeH: null }),
        ],
        usage: { big: 1000 },
      }),
    );
    expect(granted(decision)).toEqual(['short']);
    expect(reasons(decision)).toEqual({
      big: 'slots-being-reserved',
      long: 'would-delay-reserved',
      unknown: 'would-delay-reserved',
    });
    expect(decision.reservations).toEqual([
      { id: 'big', slots: gpus(4).map(({ uuid }) => uuid), startMs: nowMs + 5 * hourMs },
    ]);
    expect(estimates(decision)).toEqual({ big: 5, long: 7, unknown: 7 });
  });

  test('leaves to others what it will not need', () => {
    const decision = schedule(
      inputOf({
        devices: gpus(6),
        leases: [...leased(2, 3), ...leased(1, 50, 2)],
        waiting: [big, request('long', { runtimeH: 400 })],
      }),
    );
    expect(granted(decision)).toEqual([]);
    expect(reasons(decision)).toEqual({
      big: 'slots-being-reserved',
      long: 'would-delay-reserved',
    });
    const apart = schedule(
      inputOf({
        devices: [...gpus(4), migGpu(4, 3)],
        leases: leased(1, 3),
        waiting: [big, request('long', { gpu: { kind: 'mig', profile: '1g.5gb', count: 1 } })],
      }),
    );
    expect(granted(apart)).toEqual(['long']);
  });

  test('starts when its slots are there, although others used less', () => {
    const waiting = [big, ...['a', 'b', 'c'].map((id) => request(id, { waitedH: 1 }))];
    const usage = { big: 1000 };
    expect(granted(schedule(inputOf({ devices: gpus(4), waiting, usage })))).toEqual(['big']);
  });

  test('takes its turn by the rules while an older request of its class waits', () => {
    const waiting = [big, request('older', { waitedH: 20 }), request('light')];
    const usage = { big: 1000, older: 2000 };
    const decision = schedule(inputOf({ devices: gpus(4), leases: leased(3, 1), waiting, usage }));
    expect(granted(decision)).toEqual(['light']);
    expect(decision.waiting.map(({ id }) => id)).toEqual(['big', 'older']);
  });

  test('has its owner’s quota kept for it, too', () => {
    const own = (id: string, maxGpuEquivalents: number) =>
      request(id, { user: 'big', runtimeH: 1, limits: { maxGpuEquivalents } });
    const decisions = [4, 5].map((quota) => {
      const { allocation } = own('big', quota);
      const waiting = [{ ...big, allocation }, own('more', quota)];
      return schedule(inputOf({ devices: gpus(8), leases: leased(5, 3), waiting }));
    });
    expect(decisions.map(granted)).toEqual([[], ['more']]);
    expect(decisions.map(reasons)).toEqual([
      { big: 'slots-being-reserved', more: 'own-quota' },
      { big: 'slots-being-reserved' },
    ]);
  });

  test('keeps nothing while too many of the GPUs that it needs are broken', () => {
    const broken = gpu(3, { health: { state: 'unhealthy', reasons: ['Xid 79'] } });
    const waiting = [big, request('small', { runtimeH: null })];
    const decision = schedule(inputOf({ devices: [...gpus(3), broken], waiting }));
    expect(granted(decision)).toEqual(['small']);
    expect(decision.reservations).toEqual([]);
    expect(reasons(decision)).toEqual({ big: 'no-slot-free' });
  });

  test('whose start nobody can tell shares what it waits for with nobody', () => {
    const decision = schedule(
      inputOf({
        devices: gpus(4),
        leases: leased(1, null),
        waiting: [big, request('short', { runtimeH: 1 })],
      }),
    );
    expect(granted(decision)).toEqual([]);
    expect(decision.reservations).toMatchObject([{ id: 'big', startMs: null }]);
  });
});

describe('without backfill', () => {
  test.each(['fifo', 'fair-share'] as const)('%s lets nobody pass who wants the same', (order) => {
    const decision = schedule(
      inputOf({
        devices: [...gpus(4), migGpu(4, 2)],
        leases: leased(1, 5),
        waiting: [
          request('big', { count: 4, waitedH: 9 }),
          request('short', { runtimeH: 1 }),
          request('mig', { gpu: { kind: 'mig', profile: '1g.5gb', count: 1 } }),
        ],
        policy: { order },
      }),
    );
    expect(granted(decision)).toEqual(['mig']);
    expect(reasons(decision)).toEqual({ big: 'slots-being-reserved', short: 'behind-others' });
  });
});

test('what is reserved for somebody else is neither granted nor expected before the reservation ends', () => {
  const [device] = gpus(1);
  const toMs = nowMs + 4 * hourMs;
  const reservation = {
    user: request('prof').allocation.user,
    slots: [slotIdSchema.parse('0')],
    fromMs: 0,
    toMs,
    reason: 'talk',
  };
  const devices = device === undefined ? [] : [device];
  const decision = schedule(
    inputOf({ devices, waiting: [request('anna')], snapshot: { reservations: [reservation] } }),
  );
  expect(estimates(decision)).toEqual({ anna: 4 });
  const own = schedule(
    inputOf({ devices, waiting: [request('prof')], snapshot: { reservations: [reservation] } }),
  );
  expect(granted(own)).toEqual(['prof']);
  for (const order of ['fifo', 'fair-share', 'backfill'] as const) {
    const both = [request('anna', { waitedH: 2 }), request('prof')];
    const snapshot = { reservations: [reservation] };
    const decision = schedule(inputOf({ devices, waiting: both, snapshot, policy: { order } }));
    expect({ order, granted: granted(decision) }).toEqual({ order, granted: ['prof'] });
  }
});

test('a reservation of somebody else is waited for where the request could not end before it', () => {
  const [device] = gpus(1);
  const devices = device === undefined ? [] : [device];
  const reservation = {
    user: request('prof').allocation.user,
    slots: [slotIdSchema.parse('0')],
    fromMs: nowMs + 3 * hourMs,
    toMs: nowMs + 5 * hourMs,
    reason: 'talk',
  };
  const snapshot = { reservations: [reservation] };
  const waiting = [request('long', { runtimeH: 4 }), request('short', { runtimeH: 3 })];
  const decision = schedule(inputOf({ devices, waiting, snapshot }));
  expect(granted(decision)).toEqual(['short']);
  expect(estimates(decision)).toEqual({ long: 5 });
  const alone = schedule(inputOf({ devices, waiting: waiting.slice(0, 1), snapshot }));
  expect(alone.waiting[0]?.reason.message).toMatch(/reserved for somebody else/);
  const endless = [request('endless', { runtimeH: null })];
  expect(estimates(schedule(inputOf({ devices, waiting: endless, snapshot })))).toEqual({
    endless: 5,
  });
});

import fc from 'fast-check';
import { slotsOf, type GpuDevice, type GpuRequest } from '@ds01/contracts';
import type { SchedulerInput, SchedulerPolicy, WaitingRequest } from '../types.ts';
import { gpu, inputOf, leased, migGpu, request, splitGpu, type TestLease } from './build.ts';

const orders = fc.constantFrom<SchedulerPolicy['order']>('fifo', 'fair-share', 'backfill');
const classes = fc.constantFrom<WaitingRequest['priority']>('low', 'normal', 'high', 'urgent');
const people = ['anna', 'ben', 'carl', 'dora', 'emil'] as const;

const deviceKinds = fc.constantFrom('whole', 'whole', 'whole', 'mig', 'split', 'broken');
const servers = fc.array(deviceKinds, { minLength: 1, maxLength: 6 }).map((kinds) =>
  kinds.map((kind, index): GpuDevice => {
    if (kind === 'mig') return migGpu(index, 3);
    if (kind === 'split') return splitGpu(index);
    if (kind === 'whole') return gpu(index);
    return gpu(index, { health: { state: 'unhealthy', reasons: ['Xid 79'] } });
  }),
);

const gpuRequests: fc.Arbitrary<GpuRequest> = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map((count) => ({ kind: 'whole' as const, count })),
  fc
    .integer({ min: 1, max: 3 })
    .map((count) => ({ kind: 'mig' as const, profile: '1g.5gb', count })),
  fc
    .integer({ min: 1, max: 2 })
    .map((count) => ({ kind: 'mig' as const, profile: '1c.3g.20gb', count })),
  fc.constant({ kind: 'any' as const }),
);

const hours = fc.option(fc.integer({ min: 1, max: 50 }), { nil: null });

/** Requests of a few people; ids are given by position. */
const waitingRequests: fc.Arbitrary<readonly WaitingRequest[]> = fc
  .array(
    fc.record({
      user: fc.constantFrom(...people),
      group: fc.constantFrom('students', 'staff'),
      priority: classes,
      gpu: gpuRequests,
      waitedH: fc.integer({ min: 0, max: 100 }),
      runtimeH: hours,
      place: fc.constantFrom(null, null, null, 'first' as const, 'last' as const),
      held: fc.constantFrom(false, false, false, true),
      limits: fc.record({
        maxGpuEquivalents: fc.constantFrom(null, 1, 2),
        allowFullGpu: fc.constantFrom(true, true, false),
      }),
    }),
    { maxLength: 12, size: 'max' },
  )
  .map((shapes) => shapes.map((shape, index) => request(`q${index}`, shape)));

/** Servers with some leases on them and a queue. */
export const inputs: fc.Arbitrary<SchedulerInput> = fc
  .record({
    devices: servers,
    taken: fc.array(fc.record({ endsInH: hours, user: fc.constantFrom(...people), on: fc.nat() }), {
      maxLength: 8,
    }),
    waiting: waitingRequests,
    usage: fc.array(fc.integer({ min: 0, max: 100 }), {
      minLength: people.length,
      maxLength: people.length,
    }),
    order: orders,
    staffWeight: fc.constantFrom(1, 2, 5),
    busy: fc.nat({ max: 12 }),
  })
  .map(({ devices, taken, waiting, usage, order, staffWeight, busy }) => {
    const slots = devices.flatMap(slotsOf);
    const leases = new Map<string, TestLease>();
    for (const { endsInH, user, on } of taken) {
      const slot = slots[on % Math.max(1, slots.length)];
      if (slot !== undefined) leases.set(slot.uuid, { user, slots: [slot], endsInH });
    }
    const busySlot = slots[busy];
    return inputOf({
      devices,
      leases: [...leases.values()],
      waiting,
      usage: Object.fromEntries(people.map((user, index) => [user, usage[index] ?? 0])),
      policy: { order, group_weights: { staff: staffWeight } },
      snapshot: { busy: busySlot === undefined ? [] : [busySlot.uuid] },
    });
  });

/** A server of whole GPUs some of which are leased until a known end. */
export const wholeServers = fc
  .record({
    count: fc.integer({ min: 1, max: 8 }),
    ends: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8 }),
  })
  .map(({ count, ends }) => ({
    count,
    ends: ends.slice(0, count),
    leases: ends.slice(0, count).flatMap((endsInH, index) => leased(1, endsInH, index)),
  }));

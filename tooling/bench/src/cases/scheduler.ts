import {
  leaseIdSchema,
  slotsOf,
  usernameSchema,
  type AllocationSnapshot,
  type GpuDevice,
  type Lease,
} from '@ds01/contracts';
import {
  order,
  schedule,
  type SchedulerInput,
  type SchedulerPolicy,
  type WaitingRequest,
} from '@ds01/scheduler';
import type { BenchCase } from '../measurement.ts';
import { partitionedServer } from '../partitioned-server.ts';
import { processorMs, undisturbed } from '../statistics.ts';

const hourMs = 3_600_000;
const nowMs = 1_000 * hourMs;
const passesPerTurn = 50;
const waitingPerPass = 10;
const decisionMicros = 100;
const manyWaiting = 100_000;
const orderingMs = 1000;

const policy: SchedulerPolicy = {
  order: 'backfill',
  half_life_days: 7,
  group_weights: { staff: 2 },
  ageing_h: 72,
};

/**
 * A decision is one waiting request that is granted, or told its place, its reason and when it may
 * start: ten of them a pass, on 8 GPUs of which one is free, with what it takes to read the server.
 * Ordering is of 100,000 requests of 1,000 people.
 */
export const schedulerCase: BenchCase = {
  budgets: ['schedule-decision', 'schedule-decision-mig', 'schedule-order'],
  run: () => {
    const whole = microsPerDecision(wholeServer(8));
    const mig = microsPerDecision(partitionedServer(8));
    const ordering = timeOrdering();
    return [
      decisionOf('schedule-decision', whole, '8 whole GPUs'),
      decisionOf('schedule-decision-mig', mig, '8 GPUs in 56 slices'),
      {
        name: 'schedule-order',
        ratio: ordering / orderingMs,
        budget: 1,
        raw: `${ordering.toFixed(0)} ms for ${String(manyWaiting)} requests, ${String(orderingMs)} ms allowed`,
      },
    ];
  },
};

function decisionOf(name: string, micros: number, server: string) {
  const rate = Math.round(1_000_000 / micros);
  return {
    name,
    ratio: micros / decisionMicros,
    budget: 1,
    raw: `${micros.toFixed(1)} us, ${String(rate)} a second, on ${server}; ${String(decisionMicros)} us allowed`,
  };
}

function microsPerDecision(inventory: AllocationSnapshot['inventory']): number {
  const input = inputOf(inventory);
  const turn = (): void => {
    for (let pass = 0; pass < passesPerTurn; pass += 1) {
      const { grants, waiting } = schedule(input);
      if (grants.length !== 1 || waiting.length !== waitingPerPass - 1) {
        throw new Error('one slot is free, and one request gets it');
      }
    }
  };
  const times = Array.from({ length: 60 }, () => processorMs(turn));
  return (undisturbed(times) * 1000) / passesPerTurn / waitingPerPass;
}

function timeOrdering(): number {
  const waiting = Array.from({ length: manyWaiting }, (_, index) => requestOf(index, 1000));
  const usage = new Map(
    Array.from({ length: 1000 }, (_, index) => [`user${String(index)}`, (index * 7919) % 1009]),
  );
  const turn = (): void => {
    const turns = order({ waiting, usage, policy, nowMs });
    if (turns.length !== manyWaiting) throw new Error('each request has its turn');
  };
  const times = Array.from({ length: 7 }, () => processorMs(turn));
  return undisturbed(times);
}

/** All slots but the last one are leased. */
function inputOf(inventory: AllocationSnapshot['inventory']): SchedulerInput {
  const slots = inventory.devices.flatMap(slotsOf).slice(0, -1);
  const leases = slots.map((slot, index): Lease => ({
    id: leaseIdSchema.parse(`l${String(index).padStart(20, '0')}`),
    user: usernameSchema.parse(`user${String(index % 20)}`),
    state: 'bound',
    token: index + 1,
    slots: [{ ...slot, memorySlices: slot.memorySlices === null ? null : [...slot.memorySlices] }],
    containerId: null,
    dockerName: `work._.user${String(index % 20)}`,
    createdAtMs: 0,
    expiresAtMs: null,
    heldUntilMs: null,
  }));
  return {
    snapshot: { inventory, leases, busy: [], reservations: [], nowMs },
    endsByMs: new Map(leases.map(({ id }, index) => [id, nowMs + (index + 1) * hourMs])),
    waiting: Array.from({ length: waitingPerPass }, (_, index) => requestOf(index, 10)),
    usage: new Map([['user3', 12]]),
    policy,
    held: false,
  };
}

function requestOf(index: number, people: number): WaitingRequest {
  const user = `user${String((index * 31) % people)}`;
  return {
    id: `q${String(index).padStart(20, '0')}`,
    user,
    group: index % 3 === 0 ? 'staff' : 'students',
    priority: index % 50 === 0 ? 'high' : 'normal',
    gpu: { kind: 'any' },
    allocation: {
      user: usernameSchema.parse(user),
      strategy: 'packed',
      maxGpuEquivalents: 4,
      aggregateGpuLimit: null,
      maxSlotsPerContainer: null,
      allowFullGpu: true,
    },
    queuedAtMs: nowMs - ((index * 104_729) % (200 * hourMs)),
    runtimeMs: 24 * hourMs,
    place: null,
    held: false,
  };
}

function wholeServer(count: number): AllocationSnapshot['inventory'] {
  const { devices, ...rest } = partitionedServer(count);
  const whole = devices.map((device): GpuDevice => ({
    ...device,
    migMode: 'disabled',
    instances: [],
  }));
  return { ...rest, devices: whole };
}

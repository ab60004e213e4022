import type { AdminQueue } from './state.ts';
import { containerIdSchema, leaseIdSchema, slotIdSchema } from '@ds01/contracts';
import type { Overview } from '@ds01/contracts/lifecycle';

type Container = Overview['containers'][number];
type Device = Overview['gpus']['devices'][number];
type Slot = Device['slots'][number];

/** The moment of the fixtures. */
export const fixtureNow = '2026-01-02T03:04:05.000Z';
const gibibyte = 2 ** 30;

/** A running container of somebody. */
export function containerOf(
  user: string | null,
  name: string,
  changes: Partial<Container> = {},
): Container {
  const dockerName = user === null ? name : `${name}._.${user}`;
  return {
    name,
    dockerName,
    id: containerIdSchema.parse(
      Buffer.from(dockerName).toString('hex').padEnd(64, '0').slice(0, 64),
    ),
    user,
    state: 'running',
    image: 'ds01/pytorch:latest',
    project: null,
    interface: user === null ? 'docker' : 'orchestration',
    managed: user !== null,
    slots: [],
    gpuEquivalents: 0,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: '2026-01-01T00:00:00.000Z',
    stopsAt: null,
    stopReason: null,
    cpuPercent: 12.5,
    memoryBytes: 3 * gibibyte,
    memoryLimitBytes: 32 * gibibyte,
    lastActiveAt: '2026-01-02T03:00:05.000Z',
    ...changes,
  };
}

/** A slot that somebody holds, or nobody. */
function slotOf(slot: string, changes: Partial<Slot> = {}): Slot {
  return {
    slot: slotIdSchema.parse(slot),
    uuid: `MIG-${slot}`,
    profile: slot.includes(':') ? '3g.20gb' : null,
    gpuEquivalents: slot.includes(':') ? 3 / 7 : 1,
    state: 'free',
    user: null,
    container: null,
    leaseId: null,
    expiresAt: null,
    ...changes,
  };
}

/** A GPU with its slots. */
function deviceOf(index: number, slots: readonly Slot[], changes: Partial<Device> = {}): Device {
  return {
    index,
    uuid: `GPU-${String(index)}`,
    model: 'NVIDIA A100-SXM4-40GB',
    memoryBytes: 40 * gibibyte,
    migEnabled: slots.length > 1,
    health: 'healthy',
    utilization: 63,
    memoryUsedBytes: 12.5 * gibibyte,
    slots: [...slots],
    ...changes,
  };
}

/** A server with two GPUs, two people and something to worry about. */
export function overviewOf(changes: Partial<Overview> = {}): Overview {
  const lease = leaseIdSchema.parse('l0mwrevywfb8iiapyf81s');
  const containers = changes.containers ?? [
    containerOf('alice', 'thesis', {
      slots: [slotIdSchema.parse('0:0')],
      gpuEquivalents: 3 / 7,
      cpuPercent: 180,
      stopsAt: '2026-01-02T03:14:05.000Z',
      stopReason: 'it is idle',
    }),
    containerOf('bob', 'notebook', { state: 'stopped', cpuPercent: null, memoryBytes: null }),
  ];
  return {
    at: fixtureNow,
    site: 'DS01',
    gpus: {
      devices: [
        deviceOf(0, [
          slotOf('0:0', { state: 'bound', user: 'alice', container: 'thesis', leaseId: lease }),
          slotOf('0:1'),
        ]),
        deviceOf(1, [slotOf('1')], {
          utilization: null,
          health: 'unhealthy',
          healthReasons: ['Xid 79.'],
        }),
      ],
      totals: { gpuEquivalents: 13 / 7, leased: 3 / 7, free: 10 / 7 },
    },
    containers,
    leases: [
      {
        id: lease,
        user: 'alice',
        state: 'bound',
        slots: [slotIdSchema.parse('0:0')],
        uuids: ['MIG-0:0'],
        gpuEquivalents: 3 / 7,
        createdAt: '2026-01-01T00:00:00.000Z',
        expiresAt: null,
        container: 'thesis._.alice',
      },
    ],
    users: [
      {
        user: 'alice',
        group: 'student',
        containers: 1,
        running: 1,
        gpuEquivalents: 3 / 7,
        maxGpuEquivalents: 1,
        cpuPercent: 180,
        memoryBytes: 3 * gibibyte,
      },
      {
        user: 'bob',
        group: 'staff',
        containers: 1,
        running: 0,
        gpuEquivalents: 0,
        maxGpuEquivalents: null,
        cpuPercent: null,
        memoryBytes: null,
      },
    ],
    system: {
      cpus: 64,
      load1: 3.25,
      memoryBytes: 512 * gibibyte,
      memoryUsedBytes: 96 * gibibyte,
      disks: [{ path: '/', bytes: 1000, usedBytes: 500 }],
    },
    highDemand: false,
    pausedUntil: null,
    alerts: [
      { severity: 'error', message: 'GPU 1 is unhealthy: Xid 79.', hint: 'ds01-admin doctor' },
    ],
    events: [
      {
        id: 7,
        at: fixtureNow,
        type: 'container.started',
        user: 'alice',
        container: 'thesis._.alice',
        containerId: null,
        message: 'thesis started',
        details: {},
      },
    ],
    ...changes,
  };
}

/** One who has their turn, and one who waits for it. */
export function queueOf(): AdminQueue {
  const waiting: AdminQueue['entries'][number] = {
    id: `q${'0'.repeat(19)}1`,
    state: 'waiting',
    position: 1,
    of: 1,
    user: 'bob',
    group: 'staff',
    own: false,
    kind: 'interactive',
    priority: 'high',
    container: 'night',
    verb: 'deploy',
    gpu: { kind: 'whole', count: 2 },
    asksFor: '2 whole GPUs',
    reason: { code: 'no-slot-free', message: 'all GPUs are in use' },
    queuedAt: '2026-01-02T02:04:05.000Z',
    waitedMs: 3_600_000,
    estimatedStartAt: '2026-01-02T03:39:05.000Z',
    waitsUntil: null,
    claimUntil: null,
    slots: [],
  };
  const granted: typeof waiting = {
    ...waiting,
    id: `q${'0'.repeat(19)}2`,
    state: 'granted',
    position: null,
    user: 'carol',
    container: 'paper',
    priority: 'normal',
    asksFor: '1 GPU',
    reason: { code: 'granted', message: 'it is kept' },
    slots: ['0'],
  };
  return { entries: [granted, waiting], draining: null, held: null, users: [], reserved: [] };
}

import {
  leaseIdOf,
  signLabels,
  slotsOf,
  usernameSchema,
  type GpuInventory,
  type SlotUuid,
} from '@ds01/contracts';
import { loadCurrentPolicy, reconcile, type ControlPlaneDependencies } from '@ds01/control-plane';
import { createInMemoryEngine } from '@ds01/docker-engine';
import { createInMemoryProbe } from '@ds01/gpu-inventory';
import type { Clock, ContainerSpec, Grant } from '@ds01/ports';
import { createStore } from '@ds01/store';
import type { BenchCase } from '../measurement.ts';
import { partitionedServer } from '../partitioned-server.ts';
import { median } from '../statistics.ts';

const containerCount = 500;
const deviceCount = 8;
const turns = 30;
const warmUp = 10;
const budgetMs = 100;
const startMs = Date.UTC(2026, 0, 5, 9);
const signingKey = new Uint8Array(32).fill(7);

const clock: Clock = { nowMs: () => startMs, sleep: () => Promise.resolve() };

/** A look at 500 containers that are known already, 56 of them with a leased GPU slice. */
export const reconcileCase: BenchCase = {
  budgets: ['reconcile-500', 'reconcile-500-calls'],
  run: async () => {
    const inventory = partitionedServer(deviceCount);
    const engine = createInMemoryEngine({
      clock,
      cpus: 64,
      memoryBytes: 512 * 2 ** 30,
      images: [{ tags: ['ds01/busybox'], command: ['sh'] }],
    });
    const deps = dependencies(engine, inventory);
    const policy = loadCurrentPolicy(deps);
    const slots = inventory.devices.flatMap(slotsOf);
    for (let index = 0; index < containerCount; index += 1) {
      const id = await engine.createContainer(specOf(index, slots[index]?.uuid));
      await engine.startContainer(id);
    }
    for (let turn = 0; turn < warmUp; turn += 1) await reconcile(deps, policy);
    const before = countCalls(engine.calls);
    const cpu: number[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      const start = process.cpuUsage();
      const now = await reconcile(deps, policy);
      const { user, system } = process.cpuUsage(start);
      cpu.push((user + system) / 1000);
      if (now.containers.length !== containerCount) throw new Error('containers are missing');
      const bound = now.leases.filter(({ state }) => state === 'bound');
      if (bound.length !== slots.length) throw new Error('leases are missing');
    }
    const calls = (countCalls(engine.calls) - before) / turns;
    const milliseconds = median(cpu);
    return [
      {
        name: 'reconcile-500',
        ratio: milliseconds / budgetMs,
        budget: 1,
        raw: `${milliseconds.toFixed(1)} ms of CPU, ${String(budgetMs)} ms allowed`,
      },
      {
        name: 'reconcile-500-calls',
        ratio: calls,
        budget: 1,
        raw: `${String(calls)} engine calls each, ${String(turns)} times`,
      },
    ];
  },
};

function countCalls(calls: ReadonlyMap<string, number>): number {
  return [...calls.values()].reduce((sum, count) => sum + count, 0);
}

function dependencies(
  engine: ControlPlaneDependencies['engine'],
  inventory: GpuInventory,
): ControlPlaneDependencies {
  const grants = new Map<string, Grant>();
  return {
    engine,
    clock,
    signingKey,
    probe: createInMemoryProbe(inventory),
    store: createStore({ path: ':memory:', nowMs: () => startMs }),
    ids: { leaseId: () => leaseIdOf(startMs, '00000000000'), hex: (digits) => '0'.repeat(digits) },
    grants: {
      ledger: () => 'ours',
      takeOver: () => undefined,
      write: (grant) => void grants.set(grant.containerId, grant),
      withdraw: (id) => (grants.delete(id) ? 'withdrawn' : 'absent'),
      list: () => [...grants.values()],
      publishFreeDevices: () => undefined,
      setGateMode: () => undefined,
    },
    pins: {
      prepare: async () => [],
      pin: async () => [],
      unpin: async () => undefined,
      keys: async () => [],
      check: async () => undefined,
      inspect: async () => 'whole',
    },
    cgroups: {
      ensure: async () => ({ cgroupParent: '/ds01/bench', notices: [] }),
      ensureForBuilds: async () => ({ cgroupParent: '/ds01/bench/builds', notices: [] }),
      isForBuilds: () => false,
      removeEmpty: async () => undefined,
    },
    usage: { ofContainer: async () => null, ofUser: async () => null },
    accounts: {
      byName: async () => null,
      byUid: async () => null,
      groupIds: async () => new Map(),
      groupMembers: async () => [],
    },
    folders: { ownersOf: async (paths) => paths.map(() => null) },
    ports: { connect: () => Promise.reject(new Error('not measured here')) },
    firewall: { ensure: async () => ({ notices: [] }), inForce: async () => true },
    processes: { containerOf: () => null },
    disks: { diskOf: () => null },
    names: { addressesOf: async () => [] },
    policyFiles: {
      read: () => [],
      readNamed: () => null,
      readLastGood: () => null,
      saveLastGood: () => undefined,
    },
    logger: { debug: () => undefined, warn: () => undefined, error: () => undefined },
  };
}

function specOf(index: number, slot: SlotUuid | undefined): ContainerSpec {
  const user = usernameSchema.parse(`user${String(index % 40)}`);
  const name = `job${String(index)}`;
  const lease = leaseIdOf(startMs, index.toString(36).padStart(11, '0'));
  return {
    dockerName: `${name}._.${user}`,
    image: 'ds01/busybox',
    command: null,
    env: [],
    labels: signLabels(
      {
        user,
        uid: '1000',
        name,
        managed: 'true',
        created_at: new Date(startMs).toISOString(),
        lease: slot === undefined ? '' : lease,
        'gpu.uuids': slot ?? '',
      },
      signingKey,
    ),
    user: '1000:1000',
    groupIds: [],
    workingDirectory: '/workspace',
    hostname: name,
    tty: true,
    openStdin: true,
    deviceUuids: slot === undefined ? [] : [slot],
    mounts: [],
    tmpfs: {},
    resources: {},
    logOptions: {},
    cgroupParent: null,
    capabilitiesDropped: ['ALL'],
    securityOptions: ['no-new-privileges'],
    init: true,
    network: { mode: 'bridge', aliases: [] },
    ports: [],
  };
}

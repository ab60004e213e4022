import {
  leaseIdOf,
  signLabels,
  usernameSchema,
  type ContainerId,
  type GpuInventory,
  type SlotUuid,
} from '@ds01/contracts';
import type { ControlPlaneDependencies } from '@ds01/control-plane';
import { createInMemoryProbe } from '@ds01/gpu-inventory';
import type {
  ActivityMeter,
  ActivityReading,
  ContainerSpec,
  Grant,
  SteadyClock,
} from '@ds01/ports';
import { createStore } from '@ds01/store';

const startMs = Date.UTC(2026, 0, 5, 9);
const signingKey = new Uint8Array(32).fill(7);

/** A clock that goes on only when it is told to. */
export interface BenchClock extends SteadyClock {
  readonly advance: (byMs: number) => void;
}

/** A clock that stands at the beginning of a working day. */
export function createBenchClock(): BenchClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    bootMs: () => nowMs - startMs,
    bootId: () => 'bench',
    sleep: () => Promise.resolve(),
    advance: (byMs) => {
      nowMs += byMs;
    },
  };
}

/** Counters of containers that do next to nothing. */
function createIdleMeter(clock: BenchClock): ActivityMeter {
  const reading = (): ActivityReading => ({
    atMs: clock.bootMs(),
    cpuTimeMs: clock.bootMs() * 0.002,
    networkBytes: clock.bootMs() * 0.01,
    inputAtMs: startMs,
    memoryBytes: 2 ** 30,
    memoryLimitBytes: 2 ** 33,
    processes: 3,
  });
  return {
    read: async (targets) =>
      new Map<ContainerId, ActivityReading>(targets.map(({ id }) => [id, reading()])),
  };
}

/** What a full server is made of. */
export interface FullServer {
  readonly engine: ControlPlaneDependencies['engine'];
  readonly inventory: GpuInventory;
  readonly clock: BenchClock;
}

/** A control plane on an in-memory engine whose other parts answer at once. */
export function createDependencies({
  engine,
  inventory,
  clock,
}: FullServer): ControlPlaneDependencies {
  const grants = new Map<string, Grant>();
  return {
    engine,
    clock,
    signingKey,
    probe: createInMemoryProbe(inventory),
    store: createStore({ path: ':memory:', nowMs: () => clock.nowMs() }),
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
    activity: createIdleMeter(clock),
    utilization: { percents: async () => null },
    system: {
      load: () => ({ cpus: 64, load1: 0, memoryBytes: 512 * 2 ** 30, memoryUsedBytes: 0 }),
      spaceOf: async () => [],
    },
    facts: {
      units: async () => null,
      clockIsKept: async () => null,
      countsSwap: () => null,
      keys: () => [],
      idRanges: () => [],
      gpuAccess: () => ({
        hasDevice: true,
        hasDeviceLink: true,
        obeysEnvironment: null,
        specs: [],
      }),
      withoutGpuAccess: async () => [],
    },
    peopleFiles: {
      modifiedAt: async () => null,
      isProgram: async () => false,
      append: async () => undefined,
    },
    storage: { ofFolder: async () => null },
    terminals: { write: async () => 0, owners: async () => [] },
    messengers: { mail: async () => undefined, webhook: async () => undefined },
    usage: { ofContainer: async () => null, ofUser: async () => null },
    accounts: {
      byName: async () => null,
      byUid: async () => null,
      groupIds: async () => new Map(),
      groupMembers: async () => [],
      people: async () => [],
    },
    folders: { ownersOf: async (paths) => paths.map(() => null) },
    ports: { connect: () => Promise.reject(new Error('not measured here')) },
    firewall: { ensure: async () => ({ notices: [] }), inForce: async () => true },
    processes: {
      containerOf: () => null,
      describe: () => null,
      ofContainers: () => new Map(),
      endLeftBehind: async () => [],
    },
    disks: { diskOf: () => null },
    names: { addressesOf: async () => [] },
    policyFiles: {
      read: () => [],
      readNamed: () => null,
      readLastGood: () => null,
      saveLastGood: () => undefined,
      write: () => undefined,
    },
    logger: { debug: () => undefined, warn: () => undefined, error: () => undefined },
  };
}

/** The nth container of somebody, with a GPU when a slot is given. */
export function specOf(index: number, slot: SlotUuid | undefined): ContainerSpec {
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

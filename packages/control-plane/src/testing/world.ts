import type { ContainerId, GpuInventory, SlotUuid } from '@ds01/contracts';
import {
  createInMemoryEngine,
  type InMemoryAccount,
  type InMemoryFile,
  type InMemoryImage,
  type RunStep,
} from '@ds01/docker-engine';
import { createInMemoryProbe } from '@ds01/gpu-inventory';
import type { ContainerEngine, HostAccount, HostProcess, Store } from '@ds01/ports';
import { createStore } from '@ds01/store';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { createTestClock, type TestClock } from './clock.ts';
import { createTestIds } from './ids.ts';
import {
  createFakeCgroups,
  createFakeFirewall,
  createFakeGate,
  createFakePins,
  createFakePorts,
  createFakeUsage,
} from './fake-host.ts';
import { createFakeFacts, type FakeFacts } from './fake-facts.ts';
import { createFakeFolders, type FakeFolders } from './fake-folders.ts';
import { createFakeProcesses } from './fake-processes.ts';
import { createFakePolicyFiles, type FakePolicyFiles } from './fake-policy-files.ts';
import { createFakeActivity, createFakePeople } from './fake-people.ts';
import { createLifeline, noFault, type Fault, type Lifeline } from './faults.ts';
import { gpu, host } from './gpus.ts';
import { watchProcesses } from './watched-engine.ts';

/** What a world is made of. */
export interface WorldOptions {
  readonly gpus?: GpuInventory;
  /** Text of resource-limits.yaml; a roomy default. */
  readonly limits?: string;
  /** Folder of the ledger's file; without, the ledger is in memory. */
  readonly stateDirectory?: string;
  readonly engineId?: string;
  /** Text of ds01.yaml; none by default. */
  readonly settings?: string;
  /** Accounts of the host, with homes; none by default. */
  readonly accounts?: readonly HostAccount[];
  /** Unix groups by name. */
  readonly groups?: Readonly<Record<string, number>>;
  /** Further files of the configuration folder, by name. */
  readonly config?: Readonly<Record<string, string>>;
  /** Files that the settings name, by path. */
  readonly namedFiles?: Readonly<Record<string, string>>;
  /** Names of their members, by the groups' names. */
  readonly groupMembers?: Readonly<Record<string, readonly string[]>>;
  /** Files of the one image by path. */
  readonly files?: Readonly<Record<string, InMemoryFile>>;
  /** Addresses of hosts by name; none by default. */
  readonly hostNames?: Readonly<Record<string, readonly string[]>>;
  /** Further images. */
  readonly images?: readonly InMemoryImage[];
  /** Images that can be pulled; none by default. */
  readonly registry?: readonly InMemoryImage[];
  /** Registries that want a password. */
  readonly registryAccounts?: Readonly<Record<string, InMemoryAccount>>;
  /** Runs the commands of builds. */
  readonly runStep?: RunStep;
}

export const ttlMs = 60_000;
export const hourMs = 3_600_000;

/** Everybody may have 2 GPUs and 3 containers; stopped ones keep their GPUs for a quarter of an hour. */
export const roomyLimits = `
defaults:
  max_gpu_equivalents: 2
  max_gpu_slots_per_container: 2
  allow_full_gpu: true
  max_containers_per_user: 3
  gpu_hold_after_stop_h: 0.25
  memory: 1g
  memory_swap: 1g
  shm_size: 64m
  max_cpus: 1
default_group: student
groups:
  student: {}
`;

const roomy = { bytes: 2 ** 40, usedBytes: 2 ** 39 };

/** An image with accounts and nothing unusual. */
const plainFiles = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
  '/etc/group': 'root:x:0:\n',
};

/** One run of a command: the ports it sees, and a handle on its life. */
export interface TestProcess {
  readonly deps: ControlPlaneDependencies;
  readonly lifeline: Lifeline;
}

/** A host in memory on which commands run, fail and die. */
export interface World {
  readonly clock: TestClock;
  /** The engine as it is; its calls are nobody's. */
  readonly engine: ReturnType<typeof createInMemoryEngine>;
  readonly probe: ReturnType<typeof createInMemoryProbe>;
  readonly gate: ReturnType<typeof createFakeGate>;
  readonly pins: ReturnType<typeof createFakePins>;
  readonly cgroups: ReturnType<typeof createFakeCgroups>;
  readonly firewall: ReturnType<typeof createFakeFirewall>;
  readonly folders: FakeFolders;
  readonly usage: ReturnType<typeof createFakeUsage>;
  readonly activity: ReturnType<typeof createFakeActivity>;
  readonly people: ReturnType<typeof createFakePeople>;
  /** What the doctor looks at. */
  readonly facts: FakeFacts;
  readonly store: Store;
  /** Host pids of containers, for processes on GPUs. */
  readonly containerPids: Map<number, ContainerId>;
  /** Processes of the host by their pids. */
  readonly hostProcesses: Map<number, HostProcess>;
  /** File systems by the paths that are asked about; others are half full. */
  readonly spaces: Map<string, { readonly bytes: number; readonly usedBytes: number }>;
  readonly stateDirectory: string | null;
  readonly logged: string[];
  /** The configuration folder. */
  readonly config: FakePolicyFiles;
  /** Replaces resource-limits.yaml. */
  setLimits(text: string): void;
  /** Ends every container's process, as an engine that was killed and started again does. */
  restartEngine(): void;
  /** Starts a command. */
  process(fault?: Fault): TestProcess;
  /** The ports of a command that nothing happens to. */
  deps(): ControlPlaneDependencies;
  close(): void;
}

/** A world with three GPUs unless said otherwise. */
export function createWorld(options: WorldOptions = {}): World {
  const clock = createTestClock();
  const gate = createFakeGate();
  const pins = createFakePins();
  const firewall = createFakeFirewall();
  const usage = createFakeUsage();
  const activity = createFakeActivity(clock);
  const people = createFakePeople();
  const facts = createFakeFacts();
  const probe = createInMemoryProbe(options.gpus ?? host(gpu(0), gpu(1), gpu(2)));
  const engine = createInMemoryEngine({
    clock,
    cpus: 16,
    memoryBytes: 64 * 2 ** 30,
    images: [
      { tags: ['ds01/busybox'], command: ['sh'], files: options.files ?? plainFiles },
      ...(options.images ?? []),
    ],
    registry: options.registry ?? [],
    accounts: options.registryAccounts ?? {},
    ...(options.runStep === undefined ? {} : { runStep: options.runStep }),
    gate: (container) => gate.judge(container.id, requested(container.deviceRequests)),
    isPath: (path) => !path.startsWith('/engine/pins/') || isPinned(pins, path),
    ...(options.engineId === undefined ? {} : { id: options.engineId }),
  });
  const watched = watchProcesses(engine, {
    ended: (id) => gate.passed.delete(id),
    isPath: (path) => isPinned(pins, path),
    parentUsed: (parent) => {
      if (!cgroups.folders.has(parent)) cgroups.folders.set(parent, null);
    },
  });
  const cgroups = createFakeCgroups(watched.parents);
  const containerPids = new Map<number, ContainerId>();
  const hostProcesses = new Map<number, HostProcess>();
  const spaces: World['spaces'] = new Map();
  const stateDirectory = options.stateDirectory ?? null;
  const memory =
    stateDirectory === null ? createStore({ path: ':memory:', nowMs: clock.nowMs }) : null;
  const opened: Store[] = memory === null ? [] : [memory];
  const open = (): Store => {
    if (memory !== null) return memory;
    const store = createStore({ directory: stateDirectory ?? '', nowMs: clock.nowMs });
    opened.push(store);
    return store;
  };
  const logged: string[] = [];
  const log = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
    logged.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  const policy = createFakePolicyFiles({ limits: roomyLimits, ...options });
  const groups = options.groups ?? {};
  const accounts = options.accounts ?? [];
  const folders = createFakeFolders(accounts);
  const ids = createTestIds(clock);

  const process = (fault: Fault = noFault): TestProcess => {
    const lifeline = createLifeline(fault);
    const { guard } = lifeline;
    const deps: ControlPlaneDependencies = {
      engine: guard<ContainerEngine>('engine', watched.engine, 'async'),
      probe: guard('probe', { read: probe.read }, 'async'),
      store: guard('store', open(), 'sync'),
      grants: guard('grants', gate, 'sync'),
      pins: guard('pins', pins, 'async'),
      cgroups: guard('cgroups', cgroups, 'async'),
      usage,
      activity,
      utilization: activity,
      peopleFiles: people.peopleFiles,
      storage: people.storage,
      terminals: people.terminals,
      messengers: people.messengers,
      clock: {
        nowMs: clock.nowMs,
        bootMs: clock.bootMs,
        bootId: clock.bootId,
        sleep: async (durationMs, signal) => {
          await clock.sleep(durationMs, signal);
          await lifeline.awake();
        },
      },
      ids,
      firewall: guard('firewall', firewall, 'async'),
      accounts: {
        byName: async (name) => accounts.find((account) => account.name === name) ?? null,
        byUid: async (uid) => accounts.find((account) => account.uid === uid) ?? null,
        groupIds: async (names) =>
          new Map(
            names.flatMap((name) => {
              const id = groups[name];
              return id === undefined ? [] : [[name, id] as const];
            }),
          ),
        groupMembers: async (name) => options.groupMembers?.[name] ?? [],
        people: async () => accounts.map(({ name }) => name).toSorted(),
      },
      folders,
      disks: { diskOf: () => null },
      system: {
        load: () => ({ cpus: 16, load1: 1, memoryBytes: 64 * 2 ** 30, memoryUsedBytes: 2 ** 30 }),
        spaceOf: async (paths) => paths.map((path) => ({ path, ...(spaces.get(path) ?? roomy) })),
      },
      facts,
      names: { addressesOf: async (name) => options.hostNames?.[name] ?? [] },
      processes: createFakeProcesses(containerPids, hostProcesses),
      ports: createFakePorts(),
      policyFiles: policy.files,
      signingKey: new Uint8Array(32).fill(7),
      logger: { debug: log, warn: log, error: log },
    };
    return { deps, lifeline };
  };

  return {
    clock,
    engine: watched.engine,
    probe,
    gate,
    pins,
    cgroups,
    firewall,
    folders,
    usage,
    activity,
    people,
    facts,
    store: open(),
    containerPids,
    hostProcesses,
    spaces,
    stateDirectory,
    logged,
    config: policy,
    setLimits: policy.setLimits,
    restartEngine: () => {
      for (const id of watched.runningIds()) watched.engine.crash(id, 137);
    },
    process,
    deps: () => process().deps,
    close: () => {
      for (const store of opened) store.close();
    },
  };
}

function requested(requests: readonly { readonly deviceIds: readonly string[] }[]) {
  return requests.flatMap((request) => request.deviceIds);
}

function isPinned(pins: ReturnType<typeof createFakePins>, path: string): boolean {
  return [...pins.pinned.values()].some((list) => list.some((pin) => pin.path === path));
}

/** Devices of a lease or a container in one order. */
export function sortedUuids(uuids: readonly (SlotUuid | string)[]): readonly string[] {
  return [...uuids].toSorted();
}

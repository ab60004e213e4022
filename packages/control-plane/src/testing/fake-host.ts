import { PassThrough } from 'node:stream';
import { ds01Error, type ContainerId } from '@ds01/contracts';
import type {
  AggregateLimits,
  ContainerPorts,
  Firewall,
  FolderPinRequest,
  Grant,
  Grants,
  Pin,
  PinRequest,
  Pins,
  UsageMeter,
  UsageReading,
  UserCgroups,
} from '@ds01/ports';

/** Grants in memory, with the gate's rule: a grant isn't taken from a container that passed. */
export interface FakeGate extends Grants {
  readonly grants: Map<ContainerId, Grant>;
  /** Containers that passed and live. */
  readonly passed: Set<ContainerId>;
  /** Devices that a start without a grant may take. */
  readonly free: Set<string>;
  /** Asked by the engine; a sentence refuses the start. */
  judge(id: ContainerId, devices: readonly string[]): string | null;
}

/** A gate in front of the in-memory engine. */
export function createFakeGate(): FakeGate {
  const grants = new Map<ContainerId, Grant>();
  const passed = new Set<ContainerId>();
  const free = new Set<string>();
  return {
    grants,
    passed,
    free,
    judge(id, devices) {
      const granted = new Set<string>(grants.get(id)?.devices);
      const same = devices.length === granted.size && devices.every((uuid) => granted.has(uuid));
      if (!same) return 'this container has no GPU lease';
      passed.add(id);
      return null;
    },
    write: (grant) => {
      grants.set(grant.containerId, grant);
    },
    withdraw: (id) => {
      if (passed.has(id)) return 'in-use';
      return grants.delete(id) ? 'withdrawn' : 'absent';
    },
    list: () => [...grants.values()],
    publishFreeDevices: (devices) => {
      free.clear();
      for (const device of devices) free.add(device);
    },
    setGateMode: () => undefined,
    ledger: () => 'ours',
    takeOver: () => undefined,
  };
}

/** Pins in memory. */
export interface FakePins extends Pins {
  readonly pinned: Map<string, readonly Pin[]>;
  /** What was asked for, by key; secrets as they are now. */
  readonly requests: Map<string, readonly PinRequest[]>;
  /** Everything in memory is gone, as after a reboot. */
  reboot(): void;
}

/** Pins; a folder whose name ends in `missing` doesn't exist. */
export function createFakePins(): FakePins {
  const pinned = new Map<string, readonly Pin[]>();
  const asked = new Map<string, readonly PinRequest[]>();
  const secretsOf = (key: string) =>
    asked.get(key)?.find((request) => request.kind === 'secrets')?.files ?? null;
  return {
    pinned,
    requests: asked,
    reboot: () => {
      pinned.clear();
      asked.clear();
    },
    async prepare(key, requests) {
      const places = requests.map((request, index) => placeOf(key, request, index));
      if (!pinned.has(key)) pinned.set(key, places);
      return places;
    },
    async pin(key, requests) {
      const whole = requests.map((request) => {
        if (request.kind === 'folder') checkFolder(request);
        if (request.kind !== 'secrets' || request.files !== null) return request;
        const files = secretsOf(key);
        if (files === null) throw ds01Error('secrets.lost', { message: `${key} has no secrets.` });
        return { ...request, files };
      });
      const pins = whole.map((request, index) => placeOf(key, request, index));
      asked.set(key, whole);
      pinned.set(key, pins);
      return pins;
    },
    async unpin(key) {
      pinned.delete(key);
      asked.delete(key);
    },
    async keys() {
      return [...pinned.keys()];
    },
    async check(folders) {
      for (const folder of folders) checkFolder(folder);
    },
    async inspect(key) {
      return pinned.has(key) ? 'whole' : 'missing';
    },
  };
}

function placeOf(key: string, request: PinRequest, index: number): Pin {
  return {
    path: `/engine/pins/${key}/${index}`,
    source: sourceOf(request),
    readOnly: request.kind !== 'folder' || request.readOnly,
  };
}

function checkFolder({ folder, within }: Omit<FolderPinRequest, 'create'>): void {
  if (folder.endsWith('missing')) {
    throw ds01Error('workspace.not-found', { message: `${folder} does not exist.` });
  }
  if (within?.every((root) => folder !== root && !folder.startsWith(`${root}/`)) === true) {
    throw ds01Error('workspace.outside', { message: `${folder} lies outside.` });
  }
}

function sourceOf(request: PinRequest): string {
  if (request.kind === 'folder') return request.folder;
  return request.kind === 'file' ? `ds01:${request.name}` : 'ds01:secrets';
}

/** Ports of containers; an echo listens on port 7, nothing on the others. */
export function createFakePorts(): ContainerPorts {
  return {
    async connect({ port }) {
      if (port === 7) return new PassThrough();
      throw ds01Error('port.no-listener', { message: `Nothing listens on port ${port} inside.` });
    },
  };
}

/** A packet filter in memory. */
export interface FakeFirewall extends Firewall {
  /** Takes the rules away, as a reboot does. */
  flush(): void;
}

/** A packet filter without rules. */
export function createFakeFirewall(): FakeFirewall {
  let isInForce = false;
  return {
    async ensure() {
      isInForce = true;
      return { notices: [] };
    },
    async inForce() {
      return isInForce;
    },
    flush() {
      isInForce = false;
    },
  };
}

/** Users' parent cgroups in memory. */
export interface FakeCgroups extends UserCgroups {
  /** `/ds01/group/slug`, and `/builds` below -> limits; `null` when the engine made it itself, without any. */
  readonly folders: Map<string, AggregateLimits | null>;
  /** Parents that have a container's cgroup inside. */
  readonly occupied: () => ReadonlySet<string>;
}

/** Cgroups; `occupied` tells which parents have running containers. */
export function createFakeCgroups(occupied: () => ReadonlySet<string>): FakeCgroups {
  const folders = new Map<string, AggregateLimits | null>();
  return {
    folders,
    occupied,
    async ensure({ group, slug, limits }) {
      folders.set(`/ds01/${group}/${slug}`, limits);
      return { cgroupParent: `/ds01/${group}/${slug}`, notices: [] };
    },
    async ensureForBuilds({ group, slug, limits }) {
      const cgroupParent = `/ds01/${group}/${slug}/builds`;
      folders.set(cgroupParent, limits);
      return { cgroupParent, notices: [] };
    },
    isForBuilds: (cgroupParent) => /^\/ds01\/[^/]+\/[^/]+\/builds$/.test(cgroupParent),
    async removeEmpty(keep) {
      for (const folder of folders.keys()) {
        const [, , group = '', slug = ''] = folder.split('/');
        const isUsed = [...occupied()].some((parent) => `${parent}/`.startsWith(`${folder}/`));
        if (!isUsed && !keep(group, slug)) folders.delete(folder);
      }
    },
  };
}

/** Use in memory. */
export interface FakeUsage extends UsageMeter {
  /** Readings that are still to come, by container id or by slug; the last one stays. */
  readonly readings: Map<string, UsageReading[]>;
  /** Called after each reading. */
  onRead: () => void;
}

/** Nothing runs, until readings are put in. */
export function createFakeUsage(): FakeUsage {
  const readings = new Map<string, UsageReading[]>();
  const next = (key: string): UsageReading | null => {
    const left = readings.get(key) ?? [];
    usage.onRead();
    return (left.length > 1 ? left.shift() : left[0]) ?? null;
  };
  const usage: FakeUsage = {
    readings,
    onRead: () => undefined,
    ofContainer: async ({ id, ownNetwork }) => {
      const reading = next(id);
      const network = { networkReceivedBytes: null, networkSentBytes: null };
      return reading === null || ownNetwork ? reading : { ...reading, ...network };
    },
    ofUser: async ({ slug }) => next(slug),
  };
  return usage;
}

import type { ContainerUse, GpuInventory, Lease, StatsOutput } from '@ds01/contracts';
import type { UsageReading } from '@ds01/ports';
import type { Caller, UseCaseOptions } from './caller.ts';
import { cpusBetween } from './cpu-use.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import {
  containerStateOf,
  getOwn,
  leaseOf,
  notRunning,
  operandOf,
  ownContainers,
} from './lookup.ts';
import { instantOf } from './present.ts';
import { isAlive } from './reconcile/is-alive.ts';
import type { ObservedContainer } from './reconcile/types.ts';
import { gpusIfQuick, open } from './use-case.ts';

/** Between the two looks that CPU use is told from. */
const sampleMs = 400;

/** What a container uses, but for its GPUs. */
type Use = Omit<ContainerUse, 'name' | 'dockerName' | 'id' | 'state' | 'gpus'>;

const unknownUse: Use = {
  cpuPercent: null,
  cpusLimit: null,
  memoryBytes: null,
  memoryLimitBytes: null,
  networkReceivedBytes: null,
  networkSentBytes: null,
  blockReadBytes: null,
  blockWrittenBytes: null,
  pids: null,
  pidsLimit: null,
};

/**
 * What the caller's running containers use at this moment, or one of them: all are looked at
 * together, so that many take no longer than one. Fails with `container.not-found`,
 * `container.not-running`.
 */
export async function stats(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string | null },
  options: UseCaseOptions = {},
): Promise<StatsOutput> {
  const { now } = await open(deps, gpusIfQuick(options));
  const targets =
    input.name === null
      ? ownContainers(now, caller).filter(({ state }) => isAlive(state))
      : [running(getOwn(now, caller, input.name, 'allowed'))];
  const used = await usedBy(deps, targets, options);
  const containers = targets.map((container, index): ContainerUse => {
    const { id, dockerName } = container.record;
    return {
      name: operandOf(container.record),
      dockerName,
      id,
      state: containerStateOf(container.state),
      ...(used[index] ?? unknownUse),
      gpus: gpusOf(leaseOf(now.leases, id), now.inventory),
    };
  });
  return {
    at: instantOf(deps.clock.nowMs()),
    containers: containers.toSorted((left, right) => (left.dockerName < right.dockerName ? -1 : 1)),
  };
}

function running(container: ObservedContainer): ObservedContainer {
  if (isAlive(container.state)) return container;
  throw notRunning(operandOf(container.record), container.state);
}

async function usedBy(
  deps: ControlPlaneDependencies,
  targets: readonly ObservedContainer[],
  options: UseCaseOptions,
): Promise<readonly Use[]> {
  const look = () =>
    Promise.all(
      targets.map(({ record: { id, cgroupParent, mounts } }) =>
        deps.usage.ofContainer({ id, cgroupParent, ownNetwork: mounts?.network === 'private' }),
      ),
    );
  const before = await look();
  // Where the kernel's counters are out of reach the engine is asked, which takes it a second or two.
  const asked = Promise.all(
    targets.map(async (target, index) =>
      before[index] === null ? usedByEngine(deps, target, options) : null,
    ),
  );
  asked.catch(() => undefined);
  if (before.some((reading) => reading !== null)) {
    await deps.clock.sleep(sampleMs, options.signal);
  }
  const after = await look();
  const answers = await asked;
  return targets.map((_, index) => {
    const reading = after[index] ?? before[index] ?? null;
    return reading === null
      ? (answers[index] ?? unknownUse)
      : useOf(before[index] ?? null, reading);
  });
}

function useOf(before: UsageReading | null, after: UsageReading): Use {
  const { atMs: _, cpuTimeMs: __, ...used } = after;
  const cpus = cpusBetween(before, after);
  return { ...used, cpuPercent: cpus === null ? null : cpus * 100 };
}

async function usedByEngine(
  deps: ControlPlaneDependencies,
  { record }: ObservedContainer,
  { signal }: UseCaseOptions,
): Promise<Use> {
  const [{ cpuPercent, pids, ...used }, { resources }] = await Promise.all([
    deps.engine.stats(record.id, { signal }),
    deps.engine.inspectContainer(record.id, { signal }),
  ]);
  return {
    ...used,
    cpuPercent,
    cpusLimit: resources.nanoCpus === undefined ? null : resources.nanoCpus / 1e9,
    pids,
    pidsLimit: resources.pidsLimit ?? null,
  };
}

/** Use of its slots; the driver tells utilisation of whole GPUs only. */
function gpusOf(lease: Lease | undefined, inventory: GpuInventory | null): ContainerUse['gpus'] {
  return (lease?.slots ?? []).map(({ slot, uuid, profile, deviceUuid }) => {
    const device = inventory?.devices.find((candidate) => candidate.uuid === deviceUuid);
    const instance = device?.instances.find((candidate) => candidate.uuid === uuid);
    const part = profile === null ? device : instance;
    return {
      slot,
      uuid,
      profile,
      model: device?.model ?? null,
      utilization: profile === null ? (device?.utilizationPercent ?? null) : null,
      memoryBytes: part?.memoryUsedBytes ?? null,
      memoryTotalBytes: part?.memoryBytes ?? null,
    };
  });
}

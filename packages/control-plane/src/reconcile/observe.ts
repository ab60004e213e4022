import {
  isDs01Error,
  type ContainerId,
  type Ds01Error,
  type GpuInventory,
  type Lease,
} from '@ds01/contracts';
import type { ContainerDetails, ContainerListing, ContainerRecord } from '@ds01/ports';
import { attribute, isPostponed, type KnownImages } from '../adoption/attribute.ts';
import { containerRecordOf } from '../container-record.ts';
import { renamedTo } from '../current-name.ts';
import { isLook } from '../identity/image-facts.ts';
import { buildNotes, type BuildNote } from '../images/build/record.ts';
import { isBuildStep, type SeenStep } from '../images/build/recover.ts';
import { transitNotes, type TransitNote } from '../images/transits.ts';
import type { GpuNeed } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { pendingContainers } from '../pending.ts';
import { isAlive } from './is-alive.ts';
import { plannedEnds } from '../lifecycle/looking/planned.ts';
import type { ListContainers } from './listing-mirror.ts';
import type { ObservedContainer, PlannedEnd } from './types.ts';

/** The ledger as it was before the engine was listed. */
export interface LedgerBefore {
  readonly ready: boolean;
  readonly leases: readonly Lease[];
  readonly records: ReadonlyMap<ContainerId, ContainerRecord>;
  /** Docker names of containers that commands are making or starting. */
  readonly pending: ReadonlySet<string>;
  readonly builds: readonly BuildNote[];
  readonly transits: readonly TransitNote[];
  /** What rules are going to do. */
  readonly planned: ReadonlyMap<ContainerId, PlannedEnd>;
}

/** Reads the ledger before looking at the world. */
export function readLedger(deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>): LedgerBefore {
  return deps.store.transaction((transaction) => ({
    pending: new Set(pendingContainers(transaction, deps.clock.nowMs()).keys()),
    builds: buildNotes(transaction),
    transits: transitNotes(transaction),
    planned: plannedEnds(transaction.meta, deps.clock),
    ready: transaction.meta.get('ready') === '1',
    leases: transaction.leases.live(),
    records: new Map(transaction.containers.all().map((record) => [record.id, record])),
  }));
}

/** The world as it is now. */
export interface WorldNow {
  readonly containers: readonly ObservedContainer[];
  readonly vanished: readonly ContainerId[];
  /** Containers that are there only so that their image could be read. */
  readonly looks: readonly ContainerListing[];
  /** Containers of steps of builds. */
  readonly steps: readonly SeenStep[];
  readonly inventory: GpuInventory | null;
  readonly probeError: Ds01Error | null;
  /** Those that were inspected. */
  readonly details: ReadonlyMap<ContainerId, ContainerDetails>;
}

const looksAtOnce = 8;

/**
 * One listing, plus one inspect per container never seen before (its configuration can't change),
 * whose stop is news, or whose owner isn't known for what it is now called.
 */
export async function observeWorld(
  deps: ControlPlaneDependencies,
  before: LedgerBefore,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly gpus?: GpuNeed | undefined;
    readonly list?: ListContainers | undefined;
  } = {},
): Promise<WorldNow> {
  const isOptional = before.ready && options.gpus === 'if-quick';
  const { signal } = options;
  const [everything, probed] = await Promise.all([
    options.list?.({ signal, expected: expectedBy(before) }) ??
      deps.engine.listContainers({ signal }),
    readInventory(deps, { signal, patienceMs: isOptional ? patienceMs : null }),
  ]);
  const looks = everything.filter((row) => isLook(row, deps.signingKey));
  const candidates = everything.filter((row) => !looks.includes(row));
  const bound = new Map(before.leases.map((lease) => [lease.containerId, lease]));
  const details = await inspectNeeded(
    deps,
    candidates.filter((row) => {
      const record = before.records.get(row.id);
      if (record === undefined || isOwnerOpen(deps, record, row)) return true;
      if (isAlive(row.state)) return record.startedAtMs === null;
      if (row.state === 'created') return false;
      return record.startedAtMs !== null || wasUnstopped(bound.get(row.id));
    }),
  );
  const steps = stepsAmong(deps, candidates, details);
  const listing = candidates.filter((row) => !steps.some((step) => step.listing === row));
  const records = await recordsOf(deps, before, { listing, details });
  const containers: ObservedContainer[] = [];
  for (const row of listing) {
    const detail = details.get(row.id);
    const record = records.get(row.id);
    if (record === undefined) continue;
    // Who was inspected was so after the listing.
    const state = detail?.state ?? row.state;
    const planned = before.planned.get(row.id);
    containers.push({
      ...(planned === undefined ? {} : { planned }),
      record: {
        ...renamedTo(record, row.dockerName),
        startedAtMs: isAlive(state) ? (detail?.startedAtMs ?? record.startedAtMs) : null,
      },
      state,
      finishedAtMs: detail?.finishedAtMs ?? null,
    });
  }
  const present = new Set(listing.map((row) => row.id));
  const vanished = [...before.records.keys()].filter((id) => !present.has(id));
  return { containers, vanished, looks, steps, details, ...probed };
}

/** What the ledger says is there. */
function expectedBy({ records, leases }: LedgerBefore): readonly ContainerId[] {
  return [...records.keys(), ...leases.flatMap(({ containerId }) => containerId ?? [])];
}

/** Containers that were looked at, and turned out to be steps of builds. */
function stepsAmong(
  deps: Pick<ControlPlaneDependencies, 'cgroups'>,
  rows: readonly ContainerListing[],
  details: ReadonlyMap<ContainerId, ContainerDetails>,
): readonly SeenStep[] {
  return rows.flatMap((listing) => {
    const found = details.get(listing.id);
    if (found === undefined || !isBuildStep(deps, found)) return [];
    return [{ listing, cgroupParent: found.cgroupParent }];
  });
}

/** Somebody else's container that nobody was found for yet, or that has another name since. */
function isOwnerOpen(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'clock'>,
  record: ContainerRecord,
  row: ContainerListing,
): boolean {
  // An administrator said so, and nothing that is found later says it better.
  if (record.managed || record.ownerBy === 'administrator') return false;
  if (record.dockerName !== row.dockerName) return true;
  return record.ownerBy === null && !isPostponed(deps, record.id);
}

/** What is known of each container, those of others with their owners. */
async function recordsOf(
  deps: ControlPlaneDependencies,
  before: LedgerBefore,
  now: {
    readonly listing: readonly ContainerListing[];
    readonly details: ReadonlyMap<ContainerId, ContainerDetails>;
  },
): Promise<ReadonlyMap<ContainerId, ContainerRecord>> {
  const images: KnownImages = new Map();
  const records = new Map<ContainerId, ContainerRecord>();
  await eachOf(now.listing, async (row) => {
    const details = now.details.get(row.id);
    const known = before.records.get(row.id);
    if (known !== undefined && (details === undefined || !isOwnerOpen(deps, known, row))) {
      records.set(row.id, known);
    } else if (details !== undefined) {
      const record = known ?? containerRecordOf(details, deps.signingKey);
      const found = { details, images };
      records.set(row.id, record.managed ? record : await attribute(deps, record, found));
    }
  });
  return records;
}

/** How long those wait for the GPUs who can do without. */
const patienceMs = 500;

async function readInventory(
  deps: ControlPlaneDependencies,
  options: { readonly signal: AbortSignal | undefined; readonly patienceMs: number | null },
): Promise<{ inventory: GpuInventory | null; probeError: Ds01Error | null }> {
  try {
    const { signal, patienceMs: patience } = options;
    const inventory = await deps.probe.read({
      ...(signal === undefined ? {} : { signal }),
      ...(patience === null ? {} : { patienceMs: patience }),
    });
    return { inventory, probeError: null };
  } catch (error) {
    if (isDs01Error(error) && error.code === 'gpu.probe-failed') {
      return { inventory: null, probeError: error };
    }
    throw error;
  }
}

/** The time of its stop is news, or was never kept. */
function wasUnstopped(lease: Lease | undefined): boolean {
  return lease?.state === 'bound' || lease?.state === 'lost';
}

async function inspectNeeded(
  deps: ControlPlaneDependencies,
  rows: readonly ContainerListing[],
): Promise<ReadonlyMap<ContainerId, ContainerDetails>> {
  const found = new Map<ContainerId, ContainerDetails>();
  await eachOf(rows, async ({ id, state }) => {
    const details = await (isAlive(state) ? inspectOrNull(deps, id) : inspectAtRest(deps, id));
    if (details !== null) found.set(id, details);
  });
  return found;
}

/**
 * {@link inspectOrNull} of a container that doesn't run: one whose files are damaged can't be described,
 * and is nobody else's trouble.
 */
export async function inspectAtRest(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'logger'>,
  id: ContainerId,
): Promise<ContainerDetails | null> {
  try {
    return await inspectOrNull(deps, id);
  } catch (error) {
    if (!isDs01Error(error) || error.code !== 'engine.error') throw error;
    deps.logger.warn('a stopped container can not be described', { id, error: String(error) });
    return null;
  }
}

async function eachOf<T>(items: readonly T[], look: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await look(item);
  };
  await Promise.all(Array.from({ length: looksAtOnce }, worker));
}

/** Details of a container, or `null` when it is gone. */
export async function inspectOrNull(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  id: ContainerId,
): Promise<ContainerDetails | null> {
  try {
    return await deps.engine.inspectContainer(id);
  } catch (error) {
    if (isDs01Error(error) && error.code === 'container.not-found') return null;
    throw error;
  }
}

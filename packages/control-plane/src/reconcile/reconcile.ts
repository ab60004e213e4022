import { ds01Error, type Ds01Error, type GpuInventory, type Lease } from '@ds01/contracts';
import type { ContainerEngine, ContainerRecord, EngineInfo, StoreTransaction } from '@ds01/ports';
import type { GpuNeed } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { noteUnknownNetworks } from '../deploy/network.ts';
import { leaseOf } from '../lookup.ts';
import { buildTtlMs } from '../images/build/record.ts';
import { recoverBuilds, removeStraySteps } from '../images/build/recover.ts';
import { putBackOldTransits } from '../images/transits.ts';
import type { CurrentPolicy } from '../policy.ts';
import { adoptedLease, applyRepairs, finishEndOfHold, type FollowUp } from './apply.ts';
import {
  inspectOrNull,
  observeWorld,
  readLedger,
  type LedgerBefore,
  type WorldNow,
} from './observe.ts';
import { slotsInUseBy } from './computing.ts';
import { followClock } from './follow-clock.ts';
import { isAlive } from './is-alive.ts';
import type { ListContainers } from './listing-mirror.ts';
import { removeOldLooks, removeOrphan } from './orphans.ts';
import { noteSeen } from './note-seen.ts';
import { planRepairs } from './plan.ts';
import { repairReplacements } from './replacements.ts';
import { sweepHost } from './sweep.ts';
import type { ObservedContainer, Repair } from './types.ts';

/** The ledger and the world, in agreement. */
export interface Reconciled {
  readonly leases: readonly Lease[];
  readonly containers: readonly ObservedContainer[];
  /** `null` when the GPUs can't be read; `probeError` says why. */
  readonly inventory: GpuInventory | null;
  readonly probeError: Ds01Error | null;
  /** Differences between ledger and world that were found (and, but for a dry run, repaired). */
  readonly repairs: number;
}

/** How a reconciliation is run. */
export interface ReconcileOptions {
  /** Only look: nothing in the ledger, the engine or the host changes. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** `needed` when left out, and always while the ledger is being rebuilt. */
  readonly gpus?: GpuNeed | undefined;
  /**
   * Where the listing comes from; the engine when left out. With it the host is swept only when
   * something was repaired.
   */
  readonly list?: ListContainers | undefined;
}

/**
 * Compares the ledger with the engine and the GPUs and repairs it. Fails with `ledger.other-engine`
 * when the ledger belongs to another engine, and with the engine's errors; a failing probe is no
 * failure here, but then nothing is given out.
 */
export async function reconcile(
  deps: ControlPlaneDependencies,
  policy: CurrentPolicy,
  options: ReconcileOptions = {},
): Promise<Reconciled> {
  if (options.dryRun !== true) followClock(deps, policy);
  for (let pass = 1; ; pass += 1) {
    const { result, isStale } = await reconcileOnce(deps, policy, options);
    if (isStale && pass < maxPasses) continue;
    if (mustSweep(options, result)) await sweepHost(deps, policy, result);
    return result;
  }
}

/** What somebody remembers is there for those who only read: others sweep, as often as anything changes. */
function mustSweep({ dryRun, list }: ReconcileOptions, { repairs }: Reconciled): boolean {
  return dryRun !== true && (list === undefined || repairs > 0);
}

/** A repair that removes or renames containers, or frees a GPU, makes one look again. */
const maxPasses = 3;

async function reconcileOnce(
  deps: ControlPlaneDependencies,
  policy: CurrentPolicy,
  options: ReconcileOptions,
): Promise<{ readonly result: Reconciled; readonly isStale: boolean }> {
  const dryRun = options.dryRun === true;
  const before = readLedger(deps);
  const [world] = await Promise.all([
    observeWorld(deps, before, options),
    checkEngine(deps, { dryRun, ready: before.ready }),
  ]);
  const repairs = planRepairs(viewOf(deps, policy, { before, world }));
  if (dryRun) {
    const leases = imagine(deps, before.leases, repairs);
    const result = { ...worldResult(world), leases, repairs: repairs.length };
    return { result, isStale: false };
  }
  const followUp = write(deps, { before, world, repairs });
  await finish(deps, followUp);
  await removeOldLooks(deps, policy, world.looks);
  await putBackOldTransits(deps, before.transits);
  await recoverBuilds(deps, before.builds);
  await removeStraySteps(deps, world.steps, buildTtlMs(policy));
  const replaced = await repairReplacements(deps, policy, world.containers);
  const leases = deps.store.transaction((transaction) => transaction.leases.live());
  return {
    result: { ...worldResult(world), leases, repairs: repairs.length },
    // What a hold kept may be in use by a container that was made behind our back.
    isStale: replaced || followUp.orphans.length > 0 || followUp.endedHolds.length > 0,
  };
}

function worldResult(world: WorldNow): Omit<Reconciled, 'leases' | 'repairs'> {
  return {
    containers: world.containers,
    inventory: world.inventory,
    probeError: world.probeError,
  };
}

function viewOf(
  deps: ControlPlaneDependencies,
  policy: CurrentPolicy,
  seen: { readonly before: LedgerBefore; readonly world: WorldNow },
) {
  const { before, world } = seen;
  const neverBound = new Set(
    deps.store.transaction((transaction) =>
      world.containers
        .filter(({ record, state }) => {
          if (state !== 'created' || record.leaseId === null) return false;
          const lease = transaction.leases.get(record.leaseId);
          return lease?.state === 'released' && lease.containerId === null;
        })
        .map(({ record }) => record.id),
    ),
  );
  return {
    leases: before.leases,
    containers: world.containers,
    vanished: world.vanished,
    inventory: world.inventory,
    inUseBy: slotsInUseBy(world.inventory, deps.processes),
    grants: deps.grants.list(),
    starting: before.pending,
    nowMs: deps.clock.nowMs(),
    bootedAtMs: deps.clock.nowMs() - deps.clock.bootMs(),
    rebuilding: !before.ready,
    holdMs: (record: ContainerRecord) =>
      record.user === null || !record.managed ? 0 : policy.forUser(record.user).gpuHoldMs,
    neverBound: (record: ContainerRecord) => neverBound.has(record.id),
  };
}

function write(
  deps: ControlPlaneDependencies,
  found: {
    readonly before: LedgerBefore;
    readonly world: WorldNow;
    readonly repairs: readonly Repair[];
  },
): FollowUp {
  const { before, world, repairs } = found;
  const changed = world.containers.filter(({ record }) => {
    const known = before.records.get(record.id);
    return (
      known?.dockerName !== record.dockerName ||
      known.startedAtMs !== record.startedAtMs ||
      known.ownerBy !== record.ownerBy
    );
  });
  const nothingToDo = repairs.length === 0 && changed.length === 0 && before.ready;
  if (nothingToDo) return { endedHolds: [], orphans: [] };
  return deps.store.transaction((transaction) => {
    for (const { record } of changed) {
      const details = world.details.get(record.id) ?? null;
      const seen = { record, before: before.records.get(record.id) ?? null, details };
      if (noteSeen(transaction, seen, deps.clock.nowMs())) nameLease(transaction, record);
    }
    const followUp = applyRepairs(transaction, repairs, deps);
    if (!before.ready) noteUnknownNetworks(transaction.meta);
    if (!before.ready && world.inventory !== null) transaction.meta.set('ready', '1');
    return followUp;
  });
}

/** A lease says whose it is by the name that its container has now. */
function nameLease(
  { leases }: StoreTransaction,
  { id, dockerName }: Pick<ContainerRecord, 'id' | 'dockerName'>,
): void {
  const lease = leaseOf(leases.live(), id);
  if (lease === undefined || lease.dockerName === dockerName) return;
  const expected = { token: lease.token, states: [lease.state] };
  leases.update(lease.id, expected, { dockerName });
}

async function finish(deps: ControlPlaneDependencies, followUp: FollowUp): Promise<void> {
  for (const { lease, containerId } of followUp.endedHolds) {
    const details = await inspectOrNull(deps, containerId);
    const alive = details !== null && isAlive(details.state);
    deps.store.transaction((transaction) => finishEndOfHold(transaction, { lease, alive }, deps));
  }
  for (const id of followUp.orphans) await removeOrphan(deps, id);
}

/** The live leases as they would be after the repairs; for looks that must not write. */
function imagine(
  deps: ControlPlaneDependencies,
  leases: readonly Lease[],
  repairs: readonly Repair[],
): readonly Lease[] {
  const gone = new Set<string>();
  const owners = new Map<string, Lease['user']>();
  const adopted: Lease[] = [];
  for (const repair of repairs) {
    if (repair.kind === 'release' || repair.kind === 'expire' || repair.kind === 'end-hold') {
      gone.add(repair.lease.id);
    } else if (repair.kind === 'charge') owners.set(repair.lease.id, repair.user);
    else if (repair.kind === 'adopt') {
      adopted.push(adoptedLease(repair, { id: deps.ids.leaseId(), token: 1, deps }));
    }
  }
  const kept = leases.filter((lease) => !gone.has(lease.id));
  return [
    ...kept.map((lease) => ({
      ...lease,
      user: owners.has(lease.id) ? (owners.get(lease.id) ?? null) : lease.user,
    })),
    ...adopted,
  ];
}

const infos = new WeakMap<ContainerEngine, Promise<EngineInfo>>();

/** What the engine says about itself; asked once per process, for it can't change. */
export function engineInfo(engine: ContainerEngine): Promise<EngineInfo> {
  const known = infos.get(engine) ?? engine.info();
  infos.set(engine, known);
  known.catch(() => infos.delete(engine));
  return known;
}

/**
 * Refuses a ledger that was made for another engine, and one whose engine belongs to another ledger.
 * A new ledger remembers its engine, and takes it over only if the other has given nothing out.
 */
async function checkEngine(
  deps: ControlPlaneDependencies,
  { dryRun, ready }: { readonly dryRun: boolean; readonly ready: boolean },
): Promise<void> {
  const info = await engineInfo(deps.engine);
  const owner = deps.grants.ledger();
  if (owner === 'other' && (ready || deps.grants.list().length > 0)) {
    throw ds01Error('ledger.other-engine', {
      message:
        'Another state folder than this one (DS01_STATE_DIR) hands out the GPUs of this engine. ' +
        'If that folder is lost, give the engine to this one:',
      hint: 'rm "${DS01_ENGINE_DIR:-/run/ds01/engine}/ledger"',
    });
  }
  const identity = `${info.id} ${info.dataRoot}`;
  const known = deps.store.transaction((transaction) => {
    const recorded = transaction.meta.get('engine');
    if (recorded === null && !dryRun) transaction.meta.set('engine', identity);
    return recorded ?? identity;
  });
  if (known !== identity) {
    throw ds01Error('ledger.other-engine', {
      message: `This ledger belongs to another Docker engine (${known}), not to ${identity}.`,
      hint: 'ds01 doctor',
      details: { recorded: known, found: identity },
    });
  }
  if (owner !== 'ours' && !dryRun) deps.grants.takeOver();
}

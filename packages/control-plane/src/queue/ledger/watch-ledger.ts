import type { GpuInventory } from '@ds01/contracts';
import type { HostProcesses, LeaseTable, QueueTable, Store, StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { returnPlace } from '../claiming/failed-claims.ts';
import { withinPromise } from './promised-ends.ts';
import { settleUsage } from './usage.ts';

/** GPUs as they were read last. */
export interface KnownInventory {
  readonly inventory: GpuInventory;
  /** {@link SteadyClock.bootMs} of the reading. */
  readonly atBootMs: number;
}

/** A ledger and a probe that tell what the queue has to know. */
export interface LedgerWatch {
  /** What everything in this process has to work with. */
  readonly dependencies: ControlPlaneDependencies;
  /** `null` before the first reading. */
  inventory(): KnownInventory | null;
  /** Sets what is called after each transaction that released a lease, or changed the queue. */
  onChange(listener: () => void): void;
  /** Sets how soon use is forgotten. */
  forgetAfter(halfLifeDays: number): void;
}

const usualHalfLifeDays = 7;

/**
 * Watches what passes through these dependencies: leases that end, whose use is added up first, changes
 * of the queue, and readings of the GPUs. Nothing else about them changes.
 */
export function watchLedger(deps: ControlPlaneDependencies): LedgerWatch {
  let known: KnownInventory | null = null;
  let tell: () => void = () => undefined;
  let halfLifeDays = usualHalfLifeDays;
  const moment = () => ({ nowMs: deps.clock.nowMs(), halfLifeDays });
  const store: Store = {
    directory: deps.store.directory,
    damage: () => deps.store.damage(),
    close: () => deps.store.close(),
    transaction<T>(work: (transaction: StoreTransaction) => T): T {
      let isChanged = false;
      const onChange = (): void => {
        isChanged = true;
      };
      const result = deps.store.transaction((transaction) => {
        isChanged = false;
        const leases = watchLeases(transaction, { moment, onChange });
        const queue = watchEntries(transaction, onChange);
        return work({ ...transaction, leases, queue });
      });
      if (isChanged) tell();
      return result;
    },
  };
  const probe: ControlPlaneDependencies['probe'] = {
    async read(options) {
      const atBootMs = deps.clock.bootMs();
      const inventory = await deps.probe.read(options);
      // Two readings may end in another order than they began in.
      if (known === null || known.atBootMs <= atBootMs) known = { inventory, atBootMs };
      return inventory;
    },
  };
  return {
    dependencies: { ...deps, store, probe },
    inventory: () => known,
    onChange(listener) {
      tell = listener;
    },
    forgetAfter(days) {
      halfLifeDays = days;
    },
  };
}

function watchLeases(
  transaction: StoreTransaction,
  watch: {
    readonly moment: () => { readonly nowMs: number; readonly halfLifeDays: number };
    readonly onChange: () => void;
  },
): LeaseTable {
  const { leases } = transaction;
  return {
    live: () => leases.live(),
    get: (id) => leases.get(id),
    insert: (lease) => leases.insert(lease),
    nextToken: () => leases.nextToken(),
    update(id, expected, change) {
      const ends = change.state === 'released' || change.user !== undefined;
      const before = ends ? leases.get(id) : null;
      const isMeant = before?.token === expected.token && expected.states.includes(before.state);
      if (before?.user && isMeant) settleUsage(transaction, before.user, watch.moment());
      const kept = withinPromise(transaction.meta, id, change);
      const isDone = leases.update(id, expected, kept);
      if (isDone && change.state === 'released') {
        // A claim of which no container came, by an error or a process that was killed.
        if (before?.state === 'reserved') returnPlace(transaction, before);
        watch.onChange();
      }
      return isDone;
    },
  };
}

function watchEntries({ queue }: StoreTransaction, onChange: () => void): QueueTable {
  return {
    live: () => queue.live(),
    get: (id) => queue.get(id),
    put(record) {
      queue.put(record);
      onChange();
    },
    endedSince: (atMs) => queue.endedSince(atMs),
    removeEndedBefore: (atMs) => queue.removeEndedBefore(atMs),
  };
}

/**
 * A reading of some seconds ago without the processes that have ended since: the GPU of a container that
 * just went would seem to be used by somebody.
 */
export function withoutEnded(inventory: GpuInventory, processes: HostProcesses): GpuInventory {
  const devices = inventory.devices.map((device) =>
    device.processes.length === 0
      ? device
      : {
          ...device,
          processes: device.processes.filter(
            ({ pid }) => processes.containerOf(pid) !== null || processes.describe(pid) !== null,
          ),
        },
  );
  return { ...inventory, devices };
}

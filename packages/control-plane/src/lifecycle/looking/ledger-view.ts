import type { ContainerId, Lease, LeaseId } from '@ds01/contracts';
import type { Moment } from '@ds01/lifecycle';
import type { StoreTransaction } from '@ds01/ports';
import { z } from 'zod';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { promisedEnds } from '../../queue/ledger/promised-ends.ts';
import { readStored } from '../../read-stored.ts';
import { wasHighDemand } from './high-demand.ts';
import type { Remembered, RememberedReader } from './remembered.ts';
import { readPause, type RulePause } from '../asking/rule-pause.ts';
import { readSteady, type SteadyNow } from './steady-clock.ts';
import { allStopping, type Stopping } from '../acting/stopping.ts';
import { allWishes, type Wish } from '../asking/wish.ts';

const lastPassKey = 'lifecycle:last-pass';

/** What the ledger says about the life of containers, at one moment. */
export interface LedgerView {
  readonly now: SteadyNow;
  readonly remembered: ReadonlyMap<ContainerId, Remembered>;
  readonly wishes: ReadonlyMap<ContainerId, Wish>;
  readonly stopping: ReadonlyMap<ContainerId, Stopping>;
  readonly leases: ReadonlyMap<ContainerId, Lease>;
  /** When leases that fill a gap are given back, on the wall clock. */
  readonly promisedEnds: ReadonlyMap<LeaseId, number>;
  /** Also one that is over. */
  readonly pause: RulePause | null;
  readonly wasHighDemand: boolean;
  readonly lastPassAtMs: Moment | null;
}

/** Reads it. */
export function readLedgerView(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  reader: RememberedReader,
): LedgerView {
  return deps.store.transaction((transaction) => {
    const { meta } = transaction;
    return {
      now: readSteady(meta, deps.clock),
      remembered: reader.all(transaction.lifecycle),
      wishes: allWishes(meta),
      stopping: allStopping(meta),
      leases: new Map(
        transaction.leases
          .live()
          .flatMap((lease) => (lease.containerId === null ? [] : [[lease.containerId, lease]])),
      ),
      promisedEnds: promisedEnds(meta),
      pause: readPause(meta),
      wasHighDemand: wasHighDemand(meta),
      lastPassAtMs: readStored(z.number(), meta.get(lastPassKey)),
    };
  });
}

/** The moment of the last pass over all containers. */
export function putLastPass({ meta }: Pick<StoreTransaction, 'meta'>, moment: Moment): void {
  meta.set(lastPassKey, String(moment));
}

import type { QueueEntryView } from '@ds01/contracts/service';
import type { SchedulerDecision } from '@ds01/scheduler';
import { loadCurrentPolicy } from '../../policy.ts';
import type { QueueLoop } from '../../operations/service-hosts.ts';
import { queueNotice } from '../../notifications/queue.ts';
import { unknownEntry } from '../asking/find-entry.ts';
import { unclaimedLease } from '../joining/leave.ts';
import { handOnFromGone } from './gone.ts';
import { grantNotice } from './notices.ts';
import { passQueue, type QueuePass } from './pass.ts';
import { createPatience } from './patience.ts';
import { entryView, placesOf, type EntryContext } from '../asking/present.ts';
import type { KnownInventory, LedgerWatch } from '../ledger/watch-ledger.ts';

/** The queue of a process that goes on. */
export interface Queue extends QueueLoop {
  /** One pass now. Fails with what the ledger fails with. */
  pass(): QueuePass;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** A reading of the GPUs that is older isn't granted on. */
const oldestMs = 30_000;
/** While somebody waits they are read so often that no reading gets that old. */
const readEveryMs = 20_000;
/** After a reading, or a pass, that failed. */
const retryMs = 5000;
/** With nothing else to do: limits change, and so do the places by what people have used. */
const slowMs = 60_000;

/**
 * Grants what is free to those that wait: at once after a lease is released in this process, when a
 * deadline is over, and whenever it is woken, until the signal aborts. A pass goes by the last reading of
 * the GPUs; only where there is none of the last 30 seconds are they read first.
 */
export function createQueue(
  watch: LedgerWatch,
  options: {
    readonly signal: AbortSignal;
    /** Something was put into the outbox. */
    readonly onTold: () => void;
    /** Something was granted, or given back: leases are others than they were. */
    readonly onLeases?: () => void;
  },
): Queue {
  const { dependencies: deps } = watch;
  const { signal } = options;
  const there = new Map<string, number>();
  let last: SchedulerDecision | null = null;
  /** What all followers are shown with; worked out once for each pass. */
  let shown: Pick<EntryContext, 'policy' | 'places'> | null = null;
  const patience = createPatience(deps.clock);
  let isFirst = true;
  let isDue = false;
  let isPassing = false;
  let timer = new AbortController();
  let reading: Promise<void> | null = null;
  let changed = Promise.withResolvers<void>();

  const known = (): KnownInventory | null => {
    const inventory = watch.inventory();
    const isFresh = inventory !== null && ageOf(inventory) <= oldestMs;
    return isFresh ? inventory : null;
  };
  const ageOf = ({ atBootMs }: KnownInventory): number => deps.clock.bootMs() - atBootMs;
  const pass = (): QueuePass => {
    const policy = loadCurrentPolicy(deps, { dryRun: true });
    watch.forgetAfter(policy.settings.queue.half_life_days);
    const isThere = (id: string): boolean => there.has(id);
    isPassing = true;
    let passed: QueuePass;
    try {
      passed = passQueue(deps, { policy, known: known(), isThere, patience, isFirst });
      isFirst = false;
    } finally {
      isPassing = false;
    }
    last = passed.decision;
    shown = null;
    changed.resolve();
    changed = Promise.withResolvers();
    if (passed.told) options.onTold();
    if (passed.movedLeases) options.onLeases?.();
    if (passed.granted > 0) {
      handOnFromGone(deps, isThere, signal).catch((error: unknown) => {
        if (signal.aborted) return;
        deps.logger.warn('it is not known whether an account is gone', { error: String(error) });
      });
    }
    return passed;
  };
  const read = (): void => {
    reading ??= deps.probe
      .read({ signal })
      .then(wake, (error: unknown) => {
        deps.logger.warn('the queue does not know the GPUs', { error: String(error) });
      })
      .finally(() => {
        reading = null;
      });
  };
  const run = (): void => {
    isDue = false;
    if (signal.aborted) return;
    let waitMs = retryMs;
    try {
      const passed = pass();
      waitMs = waitAfter(passed);
      if (passed.waiting > 0 && isOld()) read();
    } catch (error) {
      deps.logger.error('the queue could not be looked at', { error: String(error) });
    }
    timer.abort();
    timer = new AbortController();
    deps.clock.sleep(waitMs, AbortSignal.any([timer.signal, signal])).then(wake, () => undefined);
  };
  const isOld = (): boolean => {
    const inventory = watch.inventory();
    return inventory === null || ageOf(inventory) >= readEveryMs;
  };
  const waitAfter = ({ waiting, decision, nextAtMs }: QueuePass): number => {
    const dueMs = nextAtMs === null ? slowMs : Math.max(1, nextAtMs - deps.clock.nowMs());
    if (waiting === 0) return Math.min(dueMs, slowMs);
    const inventory = watch.inventory();
    const readMs =
      decision === null || inventory === null
        ? retryMs
        : Math.max(retryMs, readEveryMs - ageOf(inventory));
    return Math.min(dueMs, readMs);
  };
  // A pass of its own, after whatever released the lease or joined has returned. What a pass itself
  // releases it gives out, too.
  const wake = (): void => {
    if (isDue || isPassing || signal.aborted) return;
    isDue = true;
    queueMicrotask(run);
  };
  /** What was granted to somebody who left before they could claim it is kept, and they are told. */
  const leftAlone = (id: string): void => {
    const policy = loadCurrentPolicy(deps, { dryRun: true });
    const isTold = deps.store.transaction((transaction) => {
      const entry = transaction.queue.get(id);
      const lease = entry === null ? null : unclaimedLease(transaction, entry);
      if (entry === null || lease === null) return false;
      const nowMs = deps.clock.nowMs();
      const slots = lease.slots.map(({ slot }) => slot);
      queueNotice(transaction, { policy, nowMs }, grantNotice(entry, { nowMs, slots }));
      return true;
    });
    if (isTold) options.onTold();
  };
  const view = (id: string): QueueEntryView =>
    deps.store.transaction((transaction) => {
      const entry = transaction.queue.get(id);
      if (entry === null) throw unknownEntry(id);
      shown ??= {
        policy: loadCurrentPolicy(deps, { dryRun: true }),
        places: placesOf(transaction.queue.live(), last),
      };
      return entryView(transaction, entry, { ...shown, viewer: null, nowMs: deps.clock.nowMs() });
    });
  async function* follow(id: string, ending: AbortSignal): AsyncGenerator<QueueEntryView> {
    const all = AbortSignal.any([ending, signal]);
    const aborted = new Promise<void>((resolve) => {
      all.addEventListener('abort', () => resolve(), { once: true });
    });
    let told = '';
    while (!all.aborted) {
      const { promise } = changed;
      const now = view(id);
      const text = JSON.stringify({ ...now, waitedMs: 0 });
      if (text !== told) yield now;
      told = text;
      if (now.state !== 'waiting' && now.state !== 'granted') return;
      await Promise.race([promise, aborted]);
    }
  }

  watch.onChange(wake);
  wake();
  return {
    wake,
    pass,
    latest: () => last,
    follow,
    attend(id) {
      there.set(id, (there.get(id) ?? 0) + 1);
      let isHere = true;
      return () => {
        if (!isHere) return;
        isHere = false;
        const others = (there.get(id) ?? 1) - 1;
        if (others > 0) {
          there.set(id, others);
          return;
        }
        there.delete(id);
        try {
          leftAlone(id);
        } catch (error) {
          // The ledger, or the policy: both say so elsewhere, and the grant is kept all the same.
          deps.logger.warn('somebody could not be told of their turn', { error: String(error) });
        }
      };
    },
    ended: new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    }).then(() => reading ?? undefined),
  };
}

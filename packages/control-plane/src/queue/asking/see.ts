import type { RouteOutput } from '@ds01/contracts';
import type { QueueEntryView } from '@ds01/contracts/service';
import type { SchedulerDecision } from '@ds01/scheduler';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { Person } from '../../operations/call.ts';
import { loadCurrentPolicy, type CurrentPolicy } from '../../policy.ts';
import { instantOf } from '../../present.ts';
import { isOwn, waitingEntries } from '../entries.ts';
import { readHold } from '../administering/holds.ts';
import { entryView, placesOf } from './present.ts';
import { shareOf } from '../granting/scheduling.ts';
import { usageNow } from '../ledger/usage.ts';

/** Who looks at the queue, and what the rules said last. */
export interface Looking {
  readonly deps: ControlPlaneDependencies;
  readonly person: Person;
  /** `null` while it isn't known what is free, or nobody grants anything here. */
  readonly latest: SchedulerDecision | null;
}

type QueueList = Omit<RouteOutput<'queue.list'>, 'nextCursor'>;

/** Those that wait or have an unclaimed grant, by position; of others what the site shows. */
export function listQueue(looking: Looking, { mine }: { readonly mine: boolean }): QueueList {
  const { deps, person } = looking;
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  return deps.store.transaction((transaction) => {
    const entries = viewsOf(transaction, policy, looking);
    return {
      entries: entries
        .filter(({ record }) => !mine || isOwn(record, person.owner))
        .map(({ view }) => view),
      draining: readHold(transaction.meta, 'draining'),
      held: readHold(transaction.meta, 'held'),
    };
  });
}

/** The queue with all that decides the order. */
export function adminQueue(looking: Looking): RouteOutput<'admin.queue'> {
  const { deps, latest } = looking;
  const list = listQueue(looking, { mine: false });
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  const { half_life_days: halfLifeDays, group_weights: weights } = policy.settings.queue;
  const users = deps.store.transaction((transaction) => {
    const used = usageNow(transaction, { nowMs: deps.clock.nowMs(), halfLifeDays });
    const waiting = Map.groupBy(waitingEntries(transaction), ({ user }) => user);
    const names = new Set([...used.keys(), ...waiting.keys()]);
    return [...names].toSorted().map((user) => {
      const { group, ...limits } = policy.forUser(user);
      return {
        user,
        group,
        gpuHours: used.get(user) ?? 0,
        weight: (weights[group] ?? 1) * shareOf({ group, ...limits }),
        waiting: waiting.get(user)?.length ?? 0,
      };
    });
  });
  const reserved = (latest?.reservations ?? []).map(({ id, slots, startMs }) => ({
    entry: id,
    slots: [...slots],
    estimatedStartAt: startMs === null ? null : instantOf(startMs),
  }));
  return { ...list, users, reserved };
}

/** One request, as whoever may look at it sees it. */
export function viewOf(
  transaction: StoreTransaction,
  { deps, person, latest }: Looking,
  entry: QueueRecord,
): QueueEntryView {
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  const places = placesOf(transaction.queue.live(), latest);
  const context = { policy, places, viewer: person, nowMs: deps.clock.nowMs() };
  return entryView(transaction, entry, context);
}

function viewsOf(
  transaction: StoreTransaction,
  policy: CurrentPolicy,
  { deps, person, latest }: Looking,
): readonly { readonly record: QueueRecord; readonly view: QueueEntryView }[] {
  const live = transaction.queue.live();
  const places = placesOf(live, latest);
  const context = { policy, places, viewer: person, nowMs: deps.clock.nowMs() };
  const shown = live.map((record) => ({ record, view: entryView(transaction, record, context) }));
  // What was granted comes first: its turn has come.
  return shown.toSorted((left, right) => (left.view.position ?? 0) - (right.view.position ?? 0));
}

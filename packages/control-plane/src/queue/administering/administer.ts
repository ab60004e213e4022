import type { RouteOutput } from '@ds01/contracts';
import type { QueueEntryView } from '@ds01/contracts/service';
import type { NewEvent } from '@ds01/contracts/lifecycle';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import { actorOf } from '../../caller.ts';
import { appendEvent } from '../../events/record-event.ts';
import { queueNotice } from '../../notifications/queue.ts';
import { loadCurrentPolicy } from '../../policy.ts';
import { anyEntry, refuseEnded } from '../asking/find-entry.ts';
import { putHold, readHold, type HoldKind } from './holds.ts';
import { leaveIn } from '../joining/leave.ts';
import { waitOverNotice } from '../granting/notices.ts';
import { listQueue, viewOf, type Looking } from '../asking/see.ts';

/** An administrator’s change of the queue. */
export interface Changing extends Looking {
  readonly dryRun: boolean;
}

/** What becomes of a request, and the words for it. */
interface Change {
  readonly id: string;
  readonly change: Partial<Pick<QueueRecord, 'place' | 'priority' | 'held'>>;
  readonly words: string;
  readonly reason: string | null;
}

/** Changes a waiting request. Fails with `queue.not-found`, `queue.ended`. */
export function changeEntry(changing: Changing, asked: Change): QueueEntryView {
  const { deps, person, dryRun } = changing;
  return deps.store.transaction((transaction) => {
    const entry = anyEntry(transaction, asked.id);
    refuseEnded(entry);
    const changed = { ...entry, ...asked.change };
    if (!dryRun) {
      const by = actorOf(person);
      putChanged(transaction, { ...asked, entry, by, nowMs: deps.clock.nowMs() });
    }
    return viewOf(transaction, changing, changed);
  });
}

function putChanged(
  transaction: StoreTransaction,
  changed: Omit<Change, 'id'> & {
    readonly entry: QueueRecord;
    readonly by: string;
    readonly nowMs: number;
  },
): void {
  const { entry, by, reason, nowMs } = changed;
  transaction.queue.put({ ...entry, ...changed.change });
  const change = `${entry.container} (${entry.id}) ${changed.words}`;
  const { user, uid, dockerName } = entry;
  const about = { user, uid, container: dockerName, containerId: null };
  const details = { by, reason, entry: entry.id, change };
  appendEvent(transaction, { type: 'queue.changed', ...about, details }, nowMs);
}

/** Nothing is granted to a person until an administrator says so. */
export function holdPerson(
  transaction: StoreTransaction,
  hold: {
    readonly user: string;
    readonly reason: string | null;
    readonly by: string;
    readonly nowMs: number;
  },
): void {
  const change = { held: true };
  for (const entry of transaction.queue.live()) {
    if (entry.user !== hold.user || entry.held) continue;
    putChanged(transaction, { ...hold, entry, change, words: 'is held' });
  }
}

/**
 * Takes anybody’s request out of the queue; its person is told, unless they did it. Fails with
 * `queue.not-found`, `queue.ended`.
 */
export function removeEntry(
  changing: Changing,
  find: (transaction: StoreTransaction) => QueueRecord,
  reason: string | null = null,
): QueueEntryView {
  const { deps, person, dryRun } = changing;
  return deps.store.transaction((transaction) => {
    const entry = find(transaction);
    refuseEnded(entry);
    if (dryRun) return viewOf(transaction, changing, entry);
    const nowMs = deps.clock.nowMs();
    const by = actorOf(person);
    if (by === entry.user) {
      return viewOf(transaction, changing, leaveIn(transaction, { entry, by, nowMs, reason }));
    }
    const because = reason === null ? '' : `: ${reason}`;
    const why = `${by} took it out of the queue${because}`;
    const left = leaveIn(transaction, { entry, by, nowMs, reason, why });
    const policy = loadCurrentPolicy(deps, { dryRun: true });
    const notice = waitOverNotice(entry, { nowMs, why: `${why.replace(/[.!?]?$/, '.')}` });
    queueNotice(transaction, { policy, nowMs }, notice);
    return viewOf(transaction, changing, left);
  });
}

const events = {
  held: { on: 'queue.held', off: 'queue.resumed' },
  draining: { on: 'queue.drained', off: 'queue.opened' },
} as const satisfies Readonly<Record<HoldKind, { on: NewEvent['type']; off: NewEvent['type'] }>>;

/** Holds or drains the whole queue, or ends that. */
export function holdQueue(
  changing: Changing,
  asked: { readonly kind: HoldKind; readonly on: boolean; readonly reason: string | null },
): Omit<RouteOutput<'queue.list'>, 'nextCursor'> {
  const { deps, person, dryRun } = changing;
  const { kind, on, reason } = asked;
  if (!dryRun) {
    deps.store.transaction((transaction) => {
      const nowMs = deps.clock.nowMs();
      holdIn(transaction, { kind, on, reason, by: actorOf(person), nowMs });
    });
  }
  return listQueue(changing, { mine: false });
}

/** {@link holdQueue} in an open transaction; told only when it changes anything. */
export function holdIn(
  transaction: StoreTransaction,
  hold: {
    readonly kind: HoldKind;
    readonly on: boolean;
    readonly reason: string | null;
    readonly by: string;
    readonly nowMs: number;
  },
): void {
  const { kind, on, reason, by, nowMs } = hold;
  const before = readHold(transaction.meta, kind);
  putHold(transaction.meta, kind, on ? { reason } : null);
  if ((before !== null) === on) return;
  const type = events[kind][on ? 'on' : 'off'];
  const nobody = { user: null, uid: null, container: null, containerId: null };
  appendEvent(transaction, { type, ...nobody, details: { by, reason } }, nowMs);
}

import { ds01Error, problemOf, type RouteId } from '@ds01/contracts';
import type { OperationState } from '@ds01/contracts/service';
import type { OperationRecord, StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendEvent } from '../events/record-event.ts';
import type { Person } from '../operations/call.ts';
import type { CurrentPolicy } from '../policy.ts';

/** Pieces of long work that one person may have under way. */
export const mostRunning = 64;

/** Ended ones of one person that are kept; of older ones the key can be used again. */
const mostKept = 1000;

/** A longer answer is not kept: the operation ends without its result. */
const longestAnswer = 1_048_576;

const dayMs = 86_400_000;

/** Work that is about to begin. */
export interface NewWork {
  readonly id: RouteId;
  readonly person: Pick<Person, 'owner'>;
  readonly object: string | null;
  /** The `Idempotency-Key`; `null` without. */
  readonly key: string | null;
  readonly fingerprint: string;
  /** JSON of the checked input where a restart of the daemon doesn't end it; else `null`. */
  readonly input: string | null;
}

type Deps = Pick<ControlPlaneDependencies, 'store' | 'clock' | 'ids'>;

/**
 * Writes work down before it begins, or finds what its key began earlier, in one transaction. Fails
 * with `request.key-reused` where that was another request, and `rate.limited` beyond
 * {@link mostRunning}.
 */
export function beginWork(
  deps: Deps,
  work: NewWork,
): { readonly record: OperationRecord; readonly isNew: boolean } {
  const { owner } = work.person;
  const id = `o${deps.ids.leaseId().slice(1)}`;
  return deps.store.transaction((transaction) => {
    const { operations } = transaction;
    const found = foundByKey(transaction, work);
    if (found !== null) return { record: found, isNew: false };
    const running = { uid: owner.uid, running: true, before: null, limit: mostRunning };
    if (operations.list(running).length === mostRunning) throw tooMany();
    const record: OperationRecord = {
      id,
      user: owner.name,
      uid: owner.uid,
      route: work.id,
      object: work.object,
      state: 'running',
      input: work.input,
      key: work.key,
      fingerprint: work.fingerprint,
      startedAtMs: deps.clock.nowMs(),
      finishedAtMs: null,
      lines: 0,
      progress: null,
      status: null,
      answer: null,
    };
    operations.put(record);
    return { record, isNew: true };
  });
}

function foundByKey(
  { operations }: Pick<StoreTransaction, 'operations'>,
  { key, person: { owner }, fingerprint }: NewWork,
): OperationRecord | null {
  if (key === null) return null;
  const found = operations.byKey(owner.uid, key);
  if (found === null) return null;
  if (found.user !== owner.name) {
    // The uid was somebody else's then, who is gone.
    operations.put({ ...found, key: null });
    return null;
  }
  if (found.fingerprint === fingerprint) return found;
  throw ds01Error('request.key-reused', {
    message: `The Idempotency-Key was used for another request (${found.route}, ${found.id}).`,
    hint: 'make a new key for each request that is to be done',
    details: { operation: found.id, route: found.route },
  });
}

function tooMany() {
  return ds01Error('rate.limited', {
    message: `${mostRunning} operations are under way for this user, which is the most.`,
    hint: 'GET /api/v1/operations?running=true',
    details: { retryAfterS: 10 },
  });
}

/** How work ended. */
export interface WorkEnd {
  readonly state: Exclude<OperationState, 'running'>;
  /** HTTP status and JSON of the answer; `null` when the answer isn't to be kept. */
  readonly status: number;
  readonly answer: string | null;
  readonly lines: number;
  readonly progress: string | null;
}

/** Writes down how work ended. A ledger that was lost meanwhile gets it, too. */
export function endWork(deps: Deps, record: OperationRecord, end: WorkEnd): OperationRecord {
  const answer = end.answer !== null && end.answer.length > longestAnswer ? null : end.answer;
  const ended = { ...record, ...end, answer, input: null, finishedAtMs: deps.clock.nowMs() };
  deps.store.transaction(({ operations }) => operations.put(ended));
  return ended;
}

/**
 * What a daemon that begins finds under way (and isn't its own) was another's, and is over: it becomes
 * failed with `work.interrupted`. What waits in the queue and has its input is left as it is and
 * returned, to be taken up again.
 */
export function interruptWork(
  deps: Deps,
  isOwn: (id: string) => boolean = () => false,
): readonly OperationRecord[] {
  return deps.store.transaction((transaction) => {
    const waiting = new Set(transaction.queue.live().map(({ operation }) => operation));
    const found = transaction.operations.running().filter(({ id }) => !isOwn(id));
    const isLeft = ({ id, input }: OperationRecord): boolean => input !== null && waiting.has(id);
    const nowMs = deps.clock.nowMs();
    for (const record of found.filter((one) => !isLeft(one))) {
      transaction.operations.put(interruptedWork(record, nowMs));
      const { user, uid, id: operation, route } = record;
      const who = { user, uid, container: null, containerId: null };
      const details = { operation, route };
      appendEvent(transaction, { type: 'operation.interrupted', ...who, details }, nowMs);
    }
    return found.filter(isLeft);
  });
}

/** Work that ended with its daemon. */
function interruptedWork(record: OperationRecord, nowMs: number): OperationRecord {
  const problem = problemOf(interruption());
  return {
    ...record,
    state: 'failed',
    input: null,
    finishedAtMs: nowMs,
    status: problem.status,
    answer: JSON.stringify(problem),
  };
}

/** Why work that its daemon took with it has failed. */
export function interruption() {
  return ds01Error('work.interrupted', {
    message:
      'The DS01 daemon ended during the operation. What was half done is undone when it comes back.',
    hint: 'look what is there, then ask again with a new Idempotency-Key',
  });
}

/** Forgets work that ended before `retention.operation_days`, and each person's beyond 1000. */
export function pruneWork(deps: Deps, { settings }: Pick<CurrentPolicy, 'settings'>): number {
  const oldestMs = deps.clock.nowMs() - settings.retention.operation_days * dayMs;
  return deps.store.transaction(
    ({ operations }) => operations.removeEndedBefore(oldestMs) + operations.removeBeyond(mostKept),
  );
}

/** Forgets one person's beyond 1000. Whoever sends many requests fills no disk before the next day. */
export function boundWork({ store }: Pick<Deps, 'store'>, uid: number): number {
  return store.transaction(({ operations }) => operations.removeBeyondOf(uid, mostKept));
}

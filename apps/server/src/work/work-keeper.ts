import { ds01Error, isDs01Error, problemOf, toDs01Error, type RouteId } from '@ds01/contracts';
import {
  beginWork,
  boundWork,
  endWork,
  interruption,
  operationViewOf,
  workFingerprint,
  type ControlPlaneDependencies,
  type Person,
  type WorkUnderWay,
} from '@ds01/control-plane';
import type { OperationView } from '@ds01/contracts/service';
import type { OperationRecord } from '@ds01/ports';
import type { ServerLog } from '../log.ts';
import { problemFor } from '../problem-response.ts';
import type { RunningRequest } from '../requests.ts';
import { keptRequest } from './kept-request.ts';
import { givesSecrets, survivesRestart } from './routes-of-work.ts';
import { soonOf, untilWritten } from './settle.ts';
import { createProgressLines, type ProgressLine, type ProgressLines } from './progress-lines.ts';

/** How work ended, as its caller is answered. */
export interface WorkAnswer {
  readonly status: number;
  /** JSON; `null` when it wasn't kept. */
  readonly body: string | null;
  /** What it failed with; `null` for success, and for what ended before and is only repeated. */
  readonly failure: Error | null;
}

/** Work that was begun, or found by its key. */
export interface Begun {
  readonly id: string;
  /** Its key began it earlier. */
  readonly isReplay: boolean;
  /** As it is now. */
  view(): OperationView;
  /** Never rejects. */
  readonly settled: Promise<WorkAnswer>;
  /** How it ended, if it does before it tells of any progress and before so long; else `null`. */
  soon(withinMs: number): Promise<WorkAnswer | null>;
  /** Progress from the first line on, until the work ends. */
  lines(signal: AbortSignal): AsyncIterable<ProgressLine>;
}

/** What a piece of work is given. */
export interface WorkOptions {
  /** Id of the operation. */
  readonly operation: string;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** Work that is asked for. */
export interface AskedWork {
  readonly id: RouteId;
  readonly person: Person;
  /** Checked. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The `Idempotency-Key`; `null` without. */
  readonly key: string | null;
  /** SHA-256 of uploaded bytes. */
  readonly bytes?: string;
  /** Its end ends the work; from the beginning on it stays under way without its connection. */
  readonly running: RunningRequest;
  readonly run: (options: WorkOptions) => Promise<unknown>;
}

/** Keeps long work, and changes with an `Idempotency-Key`, apart from the connections they came by. */
export interface WorkKeeper extends WorkUnderWay {
  /**
   * Writes the work down and begins it, or finds what its key began earlier, which is then not done
   * again. Fails with `request.key-reused`, `rate.limited`.
   */
  begin(work: AskedWork): Begun;
  /** Goes on with what an earlier daemon left in the queue. */
  takeUp(record: OperationRecord, work: Pick<AskedWork, 'running' | 'run'>): Begun;
  /**
   * Ends what needn't have time when the daemon ends: what waits in the queue, which the next daemon
   * takes up, and builds, as those of sessions.
   */
  endAtOnce(reason: Error): void;
}

interface Live {
  readonly record: OperationRecord;
  readonly running: RunningRequest;
  readonly lines: ProgressLines;
  /** `null` once the ledger has it. */
  settled: Promise<WorkAnswer> | null;
  isOver: boolean;
}

/** So often it is looked whether a person has too many. */
const boundEach = 100;

/** Pieces of work that ended whose lines can still be followed. */
const mostRemembered = 100;

/** A keeper without work. */
export function createWorkKeeper(deps: {
  readonly dependencies: Pick<ControlPlaneDependencies, 'store' | 'clock' | 'ids' | 'signingKey'>;
  readonly log: ServerLog;
}): WorkKeeper {
  const { dependencies, log } = deps;
  const known = new Map<string, Live>();
  const ending = new AbortController();
  let writtenDown = 0;
  const bound = (uid: number): void => {
    try {
      boundWork(dependencies, uid);
    } catch (error) {
      log.warn('old operations could not be removed', { error: String(error) });
    }
  };
  const currentOf = (record: OperationRecord): OperationView => {
    const { store } = dependencies;
    const found = store.transaction(({ operations }) => operations.get(record.id)) ?? record;
    const lines = known.get(record.id)?.lines;
    if (found.state !== 'running' || lines === undefined) return operationViewOf(found);
    return operationViewOf({ ...found, lines: lines.count, progress: lines.last });
  };
  const begunOf = (record: OperationRecord, live: Live | undefined, isReplay: boolean): Begun => {
    const settled = live?.settled ?? Promise.resolve(storedAnswer(record));
    const lines = (signal: AbortSignal) => live?.lines.after(0, signal) ?? none();
    return {
      id: record.id,
      isReplay,
      view: () => currentOf(record),
      settled,
      lines,
      soon: (withinMs) => soonOf(settled, lines, withinMs),
    };
  };
  const start = (record: OperationRecord, work: Pick<AskedWork, 'running' | 'run'>): Begun => {
    const { running, run } = work;
    const lines = createProgressLines();
    running.detach();
    const options: WorkOptions = {
      operation: record.id,
      signal: running.signal,
      onProgress: (line) => lines.add(line),
    };
    const settled = Promise.resolve()
      .then(() => run(options))
      .then(
        (result) => ended(result, null),
        (error: unknown) => ended(null, error instanceof Error ? error : toDs01Error(error)),
      );
    const live: Live = { record, running, lines, settled, isOver: false };
    known.set(record.id, live);
    return begunOf(record, live, false);

    function ended(result: unknown, failure: Error | null): WorkAnswer {
      const { isByDaemon, ...outcome } = outcomeOf({
        result,
        failure,
        running,
        log,
        route: record.route,
      });
      const isSecret = givesSecrets(record.route) && failure === null;
      const answer = isSecret ? null : outcome.body;
      const progress = { lines: lines.count, progress: lines.last };
      const write = (): void => {
        const goesOn = isByDaemon && record.input !== null && waits(dependencies, record);
        if (goesOn) return;
        const { state, status } = outcome;
        endWork(dependencies, record, { state, status, answer, ...progress });
        live.settled = null;
        writtenDown += 1;
      };
      const onFailure = (error: unknown): void => {
        // Until it is, or the next daemon finds that it isn't under way any more.
        const { id } = record;
        log.error('the end of an operation is not written down yet', { id, error: String(error) });
      };
      const onDone = (): void => {
        live.isOver = true;
        lines.end();
        if (isSecret) known.delete(record.id);
        forgetOldest(known);
        if (writtenDown % boundEach === 1) bound(record.uid);
      };
      const { clock } = dependencies;
      untilWritten(write, { clock, signal: ending.signal, onFailure, onDone });
      return { status: outcome.status, body: outcome.body, failure };
    }
  };
  return {
    begin(work) {
      const { id, person, input, key, bytes } = work;
      const name = input['name'] ?? input['id'];
      const { record, isNew } = beginWork(dependencies, {
        id,
        person,
        object: typeof name === 'string' ? name.slice(0, 200) : null,
        key,
        fingerprint: workFingerprint(dependencies.signingKey, { id, input, bytes }),
        input: survivesRestart(id, input) ? keptRequest(input, person) : null,
      });
      return isNew ? start(record, work) : begunOf(record, known.get(record.id), true);
    },
    takeUp: start,
    endAtOnce(reason) {
      ending.abort();
      for (const { record, running, isOver } of known.values()) {
        const isBuild = record.route === 'images.upload';
        const isWaiting = record.input !== null && waits(dependencies, record);
        if (!isOver && (isBuild || isWaiting)) running.abort(reason);
      }
    },
    cancel(id, { dryRun }) {
      const live = known.get(id);
      if (live === undefined || live.isOver) return false;
      if (!dryRun) live.running.abort(cancelled());
      return true;
    },
    progress(id) {
      const live = known.get(id);
      if (live === undefined || live.isOver) return null;
      return { lines: live.lines.count, progress: live.lines.last };
    },
    follow: (id, afterLine, signal) => known.get(id)?.lines.after(afterLine, signal) ?? none(),
  };
}

interface Outcome {
  readonly state: 'succeeded' | 'failed' | 'cancelled';
  readonly status: number;
  readonly body: string;
  /** It failed because the daemon ends. */
  readonly isByDaemon: boolean;
}

function outcomeOf(end: {
  readonly result: unknown;
  readonly failure: Error | null;
  readonly running: RunningRequest;
  readonly log: ServerLog;
  readonly route: string;
}): Outcome {
  const { result, failure, running, log, route } = end;
  if (failure === null) {
    const body = JSON.stringify(result ?? null);
    return { state: 'succeeded', status: 200, body, isByDaemon: false };
  }
  const { aborted } = running.signal;
  const reason: unknown = running.signal.reason;
  const isEnding = isDs01Error(reason) && reason.code === 'daemon.busy';
  const isByDaemon = aborted ? isEnding : toDs01Error(failure).code === 'daemon.busy';
  const problem = isByDaemon
    ? problemOf(interruption(), running.id)
    : problemFor(aborted ? undone(failure, reason) : failure, running.id, log, route);
  const state = aborted && !isByDaemon ? 'cancelled' : 'failed';
  return { state, status: problem.status, body: JSON.stringify(problem), isByDaemon };
}

/** What failed while it was cancelled failed for the reason that it was cancelled for. */
function undone(failure: Error, reason: unknown): Error {
  if (isDs01Error(reason)) return reason;
  return isDs01Error(failure) ? failure : cancelled();
}

function cancelled() {
  return ds01Error('operation.interrupted', {
    message: 'The operation was cancelled; what was half done has been undone.',
  });
}

/** The queue still keeps a place for it. */
function waits(
  { store }: Pick<ControlPlaneDependencies, 'store'>,
  { id }: OperationRecord,
): boolean {
  return store.transaction(({ queue }) => queue.live().some(({ operation }) => operation === id));
}

/** The answer of work that isn't under way here; what says that it is ended without being told. */
function storedAnswer({ status, answer }: OperationRecord): WorkAnswer {
  if (status !== null) return { status, body: answer, failure: null };
  const problem = problemOf(interruption());
  return { status: problem.status, body: JSON.stringify(problem), failure: null };
}

function forgetOldest(known: Map<string, Live>): void {
  const over = [...known].filter(([, { isOver }]) => isOver);
  for (const [id] of over.slice(0, Math.max(0, over.length - mostRemembered))) known.delete(id);
}

async function* none(): AsyncGenerator<ProgressLine> {
  // Nothing is known of it any more.
}

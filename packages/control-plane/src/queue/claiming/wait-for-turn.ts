import { ds01Error, formatDuration, isDs01Error, type Ds01Error } from '@ds01/contracts';
import type { QueueEntryView } from '@ds01/contracts/service';
import type { QueueRecord } from '@ds01/ports';
import { actorOf, type Caller, type UseCaseOptions } from '../../caller.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { deploy, deployOrWait } from '../../deploy/deploy.ts';
import type { DeployInput } from '../../deploy/input.ts';
import type { DeployResult } from '../../deploy/parts.ts';
import type { Waiting } from '../../deploy/reserve.ts';
import { utcTime } from '../../notifications/render.ts';
import type { QueueLoop } from '../../operations/service-hosts.ts';
import { isOwn } from '../entries.ts';
import { usesUpTurn } from './failed-claims.ts';
import { refuseGone } from '../granting/gone.ts';
import { leaveIn } from '../joining/leave.ts';
import type { WaitWish } from '../joining/join.ts';

/** What somebody who waits needs. */
export interface WaitingRoom {
  readonly deps: ControlPlaneDependencies;
  /** `null` in a process that ends with its command. */
  readonly queue: QueueLoop | null;
  /** Runs an attempt when other changes of the container have ended. */
  readonly take: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Deploys; where only others’ GPUs are in the way, waits for its turn first, telling how it stands, at
 * most `forMs` (`null`: as long as it takes). Who is interrupted while waiting keeps the place, and goes
 * on at it with the same request. Fails with `queue.unavailable`, `queue.timed-out`, `queue.ended` when
 * it was taken out of the queue, `user.unknown` when the account is gone by then, and with all that deploying fails with.
 */
export async function deployInTurn(
  room: WaitingRoom,
  request: {
    readonly caller: Caller;
    readonly input: DeployInput;
    readonly wait: { readonly forMs: number | null };
  },
  options: UseCaseOptions,
): Promise<DeployResult> {
  const { deps, queue } = room;
  const { caller, input } = request;
  if (queue === null) return withoutQueue(room, request, options);
  const places = new Map<string, () => void>();
  const { forMs } = request.wait;
  const begunAtBootMs = deps.clock.bootMs();
  // Of an attempt: somebody may set the clock in between.
  const wishNow = (): WaitWish => ({
    operation: options.operation ?? null,
    verb: verbOf(input),
    untilMs:
      forMs === null ? null : deps.clock.nowMs() + forMs - (deps.clock.bootMs() - begunAtBootMs),
    onWaiting: (id) => {
      if (!places.has(id)) places.set(id, queue.attend(id));
    },
  });
  const earlier = earlierPlaces(deps, request, options);
  const stays = earlier.map((id) => queue.attend(id));
  const attemptNow = (mayWait: boolean): Promise<DeployResult | Waiting> =>
    room.take(() =>
      deployOrWait(deps, caller, input, { ...options, wish: mayWait ? wishNow() : null }),
    );
  /** What was granted isn't lost for an engine, or an nvidia-smi, that is away meanwhile. */
  const attempt = async (mayWait: boolean): Promise<DeployResult | Waiting> => {
    for (;;) {
      try {
        return await attemptNow(mayWait);
      } catch (error) {
        const waitedMs = deps.clock.bootMs() - begunAtBootMs;
        if (!isAway(error) || waitedMs >= (forMs ?? Infinity)) throw error;
        if (!isKept(deps, [...places.keys(), ...earlier])) throw error;
        options.onProgress?.(`its turn has come, and is kept: ${error.message}`);
        await deps.clock.sleep(awayMs, options.signal).catch(() => undefined);
        options.signal?.throwIfAborted();
        if (!isKept(deps, [...places.keys(), ...earlier])) throw error;
      }
    }
  };
  try {
    for (let mayWait = true; ;) {
      const done = await attempt(mayWait);
      if (!('waiting' in done)) return done;
      const { id } = done.waiting;
      queue.wake();
      const view = await turnOf(queue, id, options);
      options.signal?.throwIfAborted();
      // What can't be granted as the limits are now says so itself; a ledger that was lost is joined anew.
      if (view === 'unknown') continue;
      if (view.state === 'refused') mayWait = false;
      else if (view.state !== 'granted') throw endedError(view, verbOf(input));
      else await refuseGone(deps, caller, options.signal);
    }
  } catch (error) {
    if (isFinal(error, options)) giveUp(deps, caller, places.keys());
    throw error;
  } finally {
    for (const leave of [...places.values(), ...stays]) leave();
  }
}

/** Nobody can wait here, but whoever needn't gets what they ask for. */
async function withoutQueue(
  { deps, take }: WaitingRoom,
  { caller, input }: { readonly caller: Caller; readonly input: DeployInput },
  options: UseCaseOptions,
): Promise<DeployResult> {
  try {
    return await take(() => deploy(deps, caller, input, options));
  } catch (error) {
    if (!isDs01Error(error) || !error.retryable || !/^(?:gpu|quota)\./.test(error.code))
      throw error;
    throw noQueue(error);
  }
}

/** {@link untilTurn}, or `unknown` when the ledger that knew the request is lost. */
async function turnOf(
  queue: QueueLoop,
  id: string,
  options: UseCaseOptions,
): Promise<QueueEntryView | 'unknown'> {
  try {
    return await untilTurn(queue, id, options);
  } catch (error) {
    if (isDs01Error(error) && error.code === 'queue.not-found') return 'unknown';
    throw error;
  }
}

/** Waits until the request waits no longer, or was granted what it asks for. */
async function untilTurn(
  queue: QueueLoop,
  id: string,
  { signal, onProgress }: UseCaseOptions,
): Promise<QueueEntryView> {
  let told = '';
  const ending = signal ?? new AbortController().signal;
  for await (const view of queue.follow(id, ending)) {
    if (view.state !== 'waiting') return view;
    const line = waitingLine(view);
    if (line !== told) onProgress?.(line);
    told = line;
  }
  signal?.throwIfAborted();
  throw ds01Error('daemon.unreachable', {
    message: 'The daemon is being restarted. The place in the queue is kept.',
    hint: 'run the same command again',
  });
}

/** How a request stands, as a line: its id, place, reason and estimate. */
function waitingLine(view: QueueEntryView): string {
  const { estimatedStartAt: startAt } = view;
  const estimate = startAt === null ? '' : `; about ${utcTime(Date.parse(startAt))}`;
  return (
    `waiting for ${view.asksFor}: position ${view.position ?? '?'} of ${view.of}, ` +
    `${view.reason.message}${estimate} (${view.id})`
  );
}

/** Whoever comes back to a place is there again before everything that it takes to claim it answers. */
function earlierPlaces(
  { store }: ControlPlaneDependencies,
  { caller, input }: { readonly caller: Caller; readonly input: DeployInput },
  { operation }: UseCaseOptions,
): readonly string[] {
  const isEarlier = (entry: QueueRecord): boolean =>
    isOwn(entry, caller.owner) &&
    (entry.container === input.name || (operation !== undefined && entry.operation === operation));
  return store.transaction(({ queue }) =>
    queue
      .live()
      .filter(isEarlier)
      .map(({ id }) => id),
  );
}

/** So often it is tried again what needs somebody who doesn't answer. */
const awayMs = 5000;

function isAway(error: unknown): error is Ds01Error {
  return (
    isDs01Error(error) && (error.code === 'engine.unreachable' || error.code === 'gpu.probe-failed')
  );
}

/** One of these requests still waits, or has a grant. */
function isKept({ store }: ControlPlaneDependencies, ids: Iterable<string>): boolean {
  return store.transaction(({ queue }) => [...ids].some((id) => queue.get(id)?.endedAtMs === null));
}

/** It fails again however often it is tried: nobody else should wait for it. */
function isFinal(error: unknown, { signal }: UseCaseOptions): boolean {
  return signal?.aborted !== true && usesUpTurn(error, signal);
}

function giveUp(
  { store, clock }: ControlPlaneDependencies,
  caller: Caller,
  ids: Iterable<string>,
): void {
  store.transaction((transaction) => {
    for (const id of ids) {
      const entry = transaction.queue.get(id);
      if (entry === null || entry.endedAtMs !== null) continue;
      leaveIn(transaction, { entry, by: actorOf(caller), nowMs: clock.nowMs() });
    }
  });
}

/** The verb of the command that asks for it. */
function verbOf({ start }: Pick<DeployInput, 'start'>): WaitWish['verb'] {
  return start ? 'deploy' : 'create';
}

function endedError(view: QueueEntryView, verb: WaitWish['verb']): Ds01Error {
  const waited = formatDuration(view.waitedMs);
  if (view.state === 'timed-out') {
    return ds01Error('queue.timed-out', {
      message: `${view.container ?? 'It'} got no GPU within ${waited}, and waits no longer.`,
      hint: `ds01 container ${verb} ${view.container ?? 'NAME'} --wait`,
      details: { entry: view.id, waitedMs: view.waitedMs },
    });
  }
  return ds01Error('queue.ended', {
    message: `After ${waited} ${view.reason.message}.`,
    hint: 'ds01 queue list',
    details: { entry: view.id, state: view.state },
  });
}

/** The error for waiting without a daemon. */
function noQueue(cause: Ds01Error): Ds01Error {
  return ds01Error('queue.unavailable', {
    message: `${cause.message} Waiting for a turn needs the DS01 daemon.`,
    cause,
    hint: 'systemctl start ds01d',
  });
}

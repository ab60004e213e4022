import type { ContainerId } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { endedOnPurpose } from '../../events/endings.ts';
import { appendEvent } from '../../events/record-event.ts';
import { isAlive } from '../../reconcile/is-alive.ts';
import type { Assessed } from './assess.ts';
import { noteDemand } from './high-demand.ts';
import { forgetChosenTags } from '../acting/kept-images.ts';
import { putLastPass } from './ledger-view.ts';
import type { Look } from './look.ts';
import { putPlanned, type Planned } from './planned.ts';
import { forgetGone, type RememberedReader } from './remembered.ts';
import { putPause } from '../asking/rule-pause.ts';
import { keepSteady } from './steady-clock.ts';
import { forgetAttempt, forgetAttempts } from '../acting/stop-attempt.ts';
import { forgetStopping, stoppedEvent } from '../acting/stopping.ts';
import { isTelling, tell } from '../acting/tell-pass.ts';
import { forgetWishes } from '../asking/wish.ts';

function plannedOf({ rule, atMs, promised }: Planned): Planned {
  return promised === undefined ? { rule, atMs } : { rule, atMs, promised };
}

/**
 * Writes a look down, in one transaction: what is remembered, warnings with what people are told, and
 * what ended. What is asked for beyond that is remembered as not asked for, until somebody has done it.
 */
export function writeLook(
  deps: Pick<ControlPlaneDependencies, 'store'>,
  look: Look,
  options: {
    readonly reader: RememberedReader;
    /** Containers that something is being done to. */
    readonly busy: ReadonlySet<ContainerId>;
    /** Those that this pass isn't about are left as they are. */
    readonly counts: (assessed: Assessed) => boolean;
  },
): void {
  const { view, policy, demand, assessed, reconciled } = look;
  const { now } = view;
  const present = new Set(reconciled.containers.map(({ record }) => record.id));
  deps.store.transaction((transaction) => {
    const { meta, lifecycle } = transaction;
    keepSteady(meta, now);
    const planned = new Map<ContainerId, Planned>();
    for (const one of assessed) {
      const { id } = one.subject.container.record;
      const { next } = one.evaluated.explanation;
      if (next !== null) planned.set(id, plannedOf(next));
      if (!options.counts(one)) continue;
      options.reader.put(lifecycle, id, toRemember(one));
      for (const action of one.evaluated.actions.filter(isTelling)) {
        tell(transaction, { policy, now, assessed: one }, action);
      }
    }
    putPlanned(meta, planned);
    noteDemand(transaction, demand, now.wallMs);
    endPause(transaction, look);
    finishStopping(transaction, look, options.busy);
    forgetGone(lifecycle, present);
    forgetWishes(meta, present);
    forgetChosenTags(meta, present);
    forgetAttempts(meta, present);
    putLastPass(transaction, now.nowMs);
  });
}

/** Actions that others do are asked for as long as they aren't done: their own runner waits between. */
function toRemember({ evaluated, remembered, subject }: Assessed): Assessed['remembered'] {
  const { memory } = remembered;
  if (memory === null || evaluated.actions.every(isTelling)) return remembered;
  return { ...remembered, memory: { ...memory, asked: subject.before?.memory?.asked ?? null } };
}

function endPause(transaction: StoreTransaction, { view }: Look): void {
  const { pause, now } = view;
  if (pause === null || pause.untilMs > now.nowMs) return;
  putPause(transaction.meta, null);
  const nobody = { user: null, uid: null, container: null, containerId: null };
  const details = { reason: 'the pause is over' };
  appendEvent(transaction, { type: 'lifecycle.resumed', ...nobody, details }, now.wallMs);
}

/** A daemon that died on the way may have stopped a container without telling of it. */
function finishStopping(
  transaction: StoreTransaction,
  { view, reconciled }: Look,
  busy: ReadonlySet<ContainerId>,
): void {
  for (const [id, stopping] of view.stopping) {
    if (busy.has(id)) continue;
    forgetStopping(transaction.meta, id);
    const container = reconciled.containers.find(({ record }) => record.id === id);
    if (container !== undefined && isAlive(container.state)) continue;
    forgetAttempt(transaction.meta, id);
    endedOnPurpose(transaction, { id, event: stoppedEvent(id, stopping) }, view.now.wallMs);
  }
}

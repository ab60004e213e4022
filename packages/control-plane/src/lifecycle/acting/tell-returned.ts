import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { Look } from '../looking/look.ts';
import { tellAction } from './telling.ts';

const atOnce = 100;

/** Tells owners that the GPUs of their stopped containers went back to everybody. */
export interface ReturnTeller {
  /** To be called before a look: what happens from the first time on is told. */
  begin(): void;
  /** Tells of the holds that ended since, whichever look ended them; whether there were any. */
  tell(look: Look): boolean;
}

/** Knows what was told by this process; what a process before it told is not told again. */
export function createReturnTeller(deps: Pick<ControlPlaneDependencies, 'store'>): ReturnTeller {
  let afterId: number | null = null;
  return {
    begin() {
      afterId ??= deps.store.transaction(({ events }) => events.lastId());
    },
    tell: ({ policy, assessed, view }) =>
      deps.store.transaction((transaction) => {
        const { events } = transaction;
        // A new ledger begins to count anew.
        let toldId = Math.min(afterId ?? Infinity, events.lastId());
        const ended = events.after({ ...holdsEnded, afterId: toldId, limit: atOnce });
        for (const { id, event } of ended) {
          const about = assessed.find(
            ({ subject }) => subject.container.record.id === event.containerId,
          );
          toldId = id;
          if (about === undefined) continue;
          const of = { policy, now: view.now, assessed: about };
          tellAction(transaction, of, { action: { kind: 'release-gpu' } });
        }
        afterId = toldId;
        return ended.length > 0;
      }),
  };
}

const holdsEnded = {
  typePrefix: 'lifecycle.hold-ended',
  sinceMs: null,
  untilMs: null,
  of: null,
  containers: null,
} as const;

import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { Look } from './look.ts';
import { tellAction } from './telling.ts';

const atOnce = 100;

/**
 * Tells owners that the GPUs of their stopped containers went back to everybody, whichever look ended
 * the hold. The function that it gives says whether there was anything to tell since the last time.
 */
export function createReturnTeller(deps: Pick<ControlPlaneDependencies, 'store'>) {
  let afterId = deps.store.transaction(({ events }) => events.lastId());
  return ({ policy, assessed, view }: Look): boolean =>
    deps.store.transaction((transaction) => {
      // A new ledger begins to count anew.
      afterId = Math.min(afterId, transaction.events.lastId());
      const ended = transaction.events.after({ ...holdsEnded, afterId, limit: atOnce });
      for (const { id, event } of ended) {
        const about = assessed.find(
          ({ subject }) => subject.container.record.id === event.containerId,
        );
        afterId = id;
        if (about === undefined) continue;
        const of = { policy, now: view.now, assessed: about };
        tellAction(transaction, of, { action: { kind: 'release-gpu' } });
      }
      return ended.length > 0;
    });
}

const holdsEnded = {
  typePrefix: 'lifecycle.hold-ended',
  sinceMs: null,
  untilMs: null,
  of: null,
  containers: null,
} as const;

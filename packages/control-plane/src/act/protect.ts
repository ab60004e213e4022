import type { ContainerOutput } from '@ds01/contracts';
import { appendEvent } from '../events/record-event.ts';
import { leaseOf } from '../lookup.ts';
import { summaryOf } from '../present.ts';
import { inTurnOf, type Acting } from './acting.ts';

/** Exempts anybody's container from all rules, or puts it under them again. */
export function protect(
  acting: Acting,
  input: { readonly container: string; readonly on: boolean; readonly reason: string | null },
): Promise<ContainerOutput> {
  const { deps, by, options } = acting;
  const { on, reason } = input;
  return inTurnOf(acting, input.container, async ({ container, now }) => {
    const { record } = container;
    const summary = summaryOf(container, leaseOf(now.leases, record.id));
    if (record.protected === on) {
      return { container: summary, note: on ? 'it was protected already' : 'it was not protected' };
    }
    const then = on ? 'no rule stops or removes it' : 'the rules apply to it';
    if (options.dryRun === true) return { container: summary, note: `then ${then}` };
    deps.store.transaction((transaction) => {
      const known = transaction.containers.get(record.id) ?? record;
      transaction.containers.put({ ...known, protected: on });
      const event = {
        type: on ? ('container.protected' as const) : ('container.unprotected' as const),
        user: known.user,
        uid: known.uid,
        container: known.dockerName,
        containerId: known.id,
        details: { by, reason },
      };
      appendEvent(transaction, event, deps.clock.nowMs());
    });
    return { container: summary, note: `from now on ${then}` };
  });
}

import { ds01Error, type ContainerOutput } from '@ds01/contracts';
import { isAlive } from '../reconcile/is-alive.ts';
import { removeFound } from '../remove.ts';
import { stopFound } from '../stop.ts';
import { inTurnOf, ownerCaller, removedBecause, stoppedByAdmin, type Acting } from './acting.ts';
import { adminOperandOf } from './find-any.ts';
import { tellOwner } from './tell-owner.ts';

/**
 * Stops anybody's container with its owner's grace and hold, and tells the owner. One that is stopped
 * already is fine. Fails with `container.not-found`, `container.stop-failed`.
 */
export function stopAny(
  acting: Acting,
  input: {
    readonly container: string;
    readonly force: boolean;
    readonly timeoutSeconds: number | null;
    readonly reason: string | null;
  },
): Promise<ContainerOutput> {
  const { deps, options } = acting;
  return inTurnOf(acting, input.container, async (opened) => {
    const { container } = opened;
    const caller = await ownerCaller(deps, container.record);
    const { force, reason } = input;
    const event = stoppedByAdmin(container.record, { by: acting.by, reason, force });
    const result = await stopFound(deps, { ...opened, caller, input, event }, options);
    if (options.dryRun !== true && isAlive(container.state)) {
      tellOwner(acting, opened, { did: 'stopped', reason });
    }
    return result;
  });
}

/**
 * Removes anybody's container, gives its GPU back and tells the owner; the workspace stays. Fails with
 * `container.running` unless forced.
 */
export function removeAny(
  acting: Acting,
  input: { readonly container: string; readonly force: boolean; readonly reason: string | null },
): Promise<ContainerOutput> {
  const { deps, options } = acting;
  return inTurnOf(acting, input.container, async (opened) => {
    const { container } = opened;
    if (isAlive(container.state) && !input.force) {
      const operand = adminOperandOf(container);
      throw ds01Error('container.running', {
        message: `${operand} is ${container.state === 'paused' ? 'paused, not stopped' : 'running'}.`,
        hint: `ds01-admin container stop ${operand}`,
      });
    }
    const parts = { ...opened, force: input.force, reason: removedBecause(acting, input.reason) };
    const result = await removeFound(deps, parts, options);
    if (options.dryRun !== true)
      tellOwner(acting, opened, { did: 'removed', reason: input.reason });
    return result;
  });
}

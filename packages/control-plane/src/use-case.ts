import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { getOwn } from './lookup.ts';
import { loadCurrentPolicy, type CurrentPolicy } from './policy.ts';
import { reconcile, type Reconciled } from './reconcile/reconcile.ts';
import type { ObservedContainer } from './reconcile/types.ts';

/** Policy and world, read at the beginning of a use case. */
export interface Opened {
  readonly policy: CurrentPolicy;
  readonly now: Reconciled;
}

/** Loads the policy and reconciles. */
export async function open(
  deps: ControlPlaneDependencies,
  options: UseCaseOptions,
): Promise<Opened> {
  const policy = loadCurrentPolicy(deps, { dryRun: options.dryRun === true });
  return { policy, now: await reconcile(deps, policy, options) };
}

/** {@link open}, and the caller's container of a name; fails with `container.not-found`. */
export async function openContainer(
  deps: ControlPlaneDependencies,
  target: { readonly caller: Caller; readonly name: string },
  options: UseCaseOptions,
): Promise<Opened & { readonly container: ObservedContainer }> {
  const opened = await open(deps, options);
  return { ...opened, container: getOwn(opened.now, target.caller, target.name) };
}

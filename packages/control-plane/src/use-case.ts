import type { Caller, GpuNeed, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { getOwn, type ForeignContainers } from './lookup.ts';
import { loadPolicyAndTell } from './policy-watch.ts';
import { loadCurrentPolicy, type CurrentPolicy } from './policy.ts';
import { reconcile, type Reconciled } from './reconcile/reconcile.ts';
import type { ObservedContainer } from './reconcile/types.ts';

/** Policy and world, read at the beginning of a use case. */
export interface Opened {
  readonly policy: CurrentPolicy;
  readonly now: Reconciled;
}

/** Options of a use case that works without the GPUs where nvidia-smi is slow or hangs. */
export function gpusIfQuick<Options extends UseCaseOptions>(
  options: Options,
): Options & { readonly gpus: GpuNeed } {
  return { ...options, gpus: 'if-quick' };
}

/** Loads the policy and reconciles, or shares what others see where the options allow it. */
export async function open(
  deps: ControlPlaneDependencies,
  options: UseCaseOptions & { readonly gpus?: GpuNeed },
): Promise<Opened> {
  const policy =
    options.dryRun === true ? loadCurrentPolicy(deps, { dryRun: true }) : loadPolicyAndTell(deps);
  const { looks } = options;
  // Who hands out GPUs wants to know what runs now, whoever started it.
  const list = options.gpus === 'if-quick' ? options.list : undefined;
  const now =
    looks === undefined
      ? reconcile(deps, policy, { ...options, list })
      : looks.look(deps, policy, options);
  return { policy, now: await now };
}

/**
 * {@link open}, and the caller's container of a name, as `getOwn` finds it; fails with its errors. One
 * that DS01 didn't make is refused (`container.foreign`) unless the use case says that it is for
 * those too.
 */
export async function openContainer(
  deps: ControlPlaneDependencies,
  target: {
    readonly caller: Caller;
    readonly name: string;
    readonly foreign?: ForeignContainers;
  },
  options: UseCaseOptions & { readonly gpus?: GpuNeed },
): Promise<Opened & { readonly container: ObservedContainer }> {
  const opened = await open(deps, options);
  return { ...opened, container: getOwn(opened.now, target.caller, target.name, target.foreign) };
}

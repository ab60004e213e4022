import { deliverDue, loadCurrentPolicy, type ControlPlaneDependencies } from '@ds01/control-plane';
import type { ServerLog } from '../log.ts';
import { createWake } from './wake.ts';

/** Delivers messages to people. */
export interface Courier {
  /** Something was put into the outbox. */
  wake(): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** Without anything that is known to be due. */
const slowIntervalMs = 60_000;

/** Delivers what is due, again and again, until the signal aborts. It waits for nobody, and nobody for it. */
export function startCourier(
  deps: ControlPlaneDependencies,
  { log, signal }: { readonly log: ServerLog; readonly signal: AbortSignal },
): Courier {
  const wake = createWake();
  const deliver = async (): Promise<number> => {
    try {
      const policy = loadCurrentPolicy(deps, { dryRun: true });
      const nextAtMs = await deliverDue(deps, policy, { signal });
      if (nextAtMs === null) return slowIntervalMs;
      return Math.min(slowIntervalMs, Math.max(200, nextAtMs - deps.clock.nowMs()));
    } catch (error) {
      if (!signal.aborted) log.warn('messages could not be delivered', { error: String(error) });
      return slowIntervalMs;
    }
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      wake.reset();
      await wake.wait(await deliver(), signal);
    }
  };
  return { wake: () => wake.now(), ended: run() };
}

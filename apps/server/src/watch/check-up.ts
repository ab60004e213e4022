import { doctor, type ControlPlaneDependencies, type GateState } from '@ds01/control-plane';
import type { ServerLog } from '../log.ts';

const firstMs = 10_000;
const everyMs = 600_000;

/**
 * Runs all checks of the doctor soon after the start and every ten minutes until the signal aborts,
 * and writes what fails into the log once, as long as it says the same: lost pins, a missing packet
 * filter, leases on GPUs that vanished.
 */
export async function checkUp(
  deps: ControlPlaneDependencies,
  options: {
    readonly gate: () => GateState;
    readonly log: ServerLog;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { gate, log, signal } = options;
  let known = new Set<string>();
  for (let waitMs = firstMs; !signal.aborted; waitMs = everyMs) {
    await deps.clock.sleep(waitMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const { checks } = await doctor(deps, { gate, ledger: Promise.resolve(deps) });
    const failing = checks.filter(({ ok }) => !ok);
    for (const { id, message, hint } of failing) {
      if (!known.has(`${id}: ${message}`)) log.warn('check failed', { check: id, message, hint });
    }
    known = new Set(failing.map(({ id, message }) => `${id}: ${message}`));
  }
}

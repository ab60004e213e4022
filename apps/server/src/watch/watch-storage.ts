import { measureNext, type ControlPlaneDependencies } from '@ds01/control-plane';
import type { Courier } from './courier.ts';
import type { ServerLog } from '../log.ts';

const firstMs = 120_000;
const everyMs = 60_000;

/**
 * Measures what has a limit on its space until the signal aborts: at most one thing a minute, so that
 * disks have little to do, and apart from the rules, which never wait for a disk.
 */
export async function watchStorage(
  deps: ControlPlaneDependencies,
  options: Pick<Parameters<typeof measureNext>[1], 'turns'> & {
    readonly courier: Pick<Courier, 'wake'>;
    readonly log: ServerLog;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { turns, courier, log, signal } = options;
  for (let waitMs = firstMs; !signal.aborted; waitMs = everyMs) {
    await deps.clock.sleep(waitMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const step = await measureNext(deps, { turns, signal });
      if (step?.told === true) courier.wake();
    } catch (error) {
      if (!signal.aborted) log.warn('space could not be measured', { error: String(error) });
    }
  }
}

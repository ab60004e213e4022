import {
  loadCurrentPolicy,
  pruneEvents,
  recordEvent,
  type ControlPlaneDependencies,
} from '@ds01/control-plane';
import type { ServerLog } from '../log.ts';

/** What the daemon writes down of itself. */
export interface History {
  /** It ended in order. */
  end(): void;
}

const dayMs = 86_400_000;
const nobody = { user: null, uid: null, container: null, containerId: null };

/**
 * Writes down that the daemon began, and removes what happened longer ago than the site keeps: now and
 * once a day until the signal aborts.
 */
export function keepHistory(
  deps: ControlPlaneDependencies,
  options: {
    readonly version: string;
    readonly log: ServerLog;
    readonly signal: AbortSignal;
  },
): History {
  const { version, log, signal } = options;
  recordEvent(deps, { type: 'daemon.started', ...nobody, details: { version } });
  const prune = (): void => {
    try {
      const removed = pruneEvents(deps, loadCurrentPolicy(deps));
      if (removed > 0) log.info('old events removed', { removed });
    } catch (error) {
      log.warn('old events could not be removed', { error: String(error) });
    }
  };
  const daily = async (): Promise<void> => {
    while (!signal.aborted) {
      prune();
      await deps.clock.sleep(dayMs, signal);
    }
  };
  // Ends by the signal.
  daily().catch(() => undefined);
  return {
    end: () => recordEvent(deps, { type: 'daemon.stopped', ...nobody, details: {} }),
  };
}

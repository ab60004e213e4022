import {
  createStallWatch,
  type ControlPlaneDependencies,
  type Lifecycle,
} from '@ds01/control-plane';
import type { Courier } from './courier.ts';

const everyMs = 5000;

/** The watch over the rules' loop, with a timer of its own, until the signal aborts. */
export function watchStalls(
  deps: ControlPlaneDependencies,
  options: {
    readonly lifecycle: Pick<Lifecycle, 'lastAtBootMs'>;
    readonly courier: Pick<Courier, 'wake'>;
    readonly signal: AbortSignal;
  },
): {
  /** RFC 3339 time since which nothing was looked at, or measured; `null` when all is well. */
  since(): string | null;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
} {
  const { lifecycle, courier, signal } = options;
  const watch = createStallWatch(deps, lifecycle);
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      if (watch.check()) courier.wake();
      await deps.clock.sleep(everyMs, signal).catch(() => undefined);
    }
  };
  return {
    since: () => {
      const sinceMs = watch.stalledSinceMs();
      return sinceMs === null ? null : new Date(sinceMs).toISOString();
    },
    ended: run(),
  };
}

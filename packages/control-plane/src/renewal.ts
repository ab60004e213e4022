import type { ControlPlaneDependencies } from './dependencies.ts';

/** A reservation that is kept alive. */
export interface Renewal {
  readonly stop: () => void;
}

/**
 * Calls `once` every third of the time that a reservation lives, so that it outlives long work but
 * not its process. A renewal that fails is tried again the next time.
 */
export function keepRenewing(
  deps: Pick<ControlPlaneDependencies, 'clock' | 'logger'>,
  ttlMs: number,
  once: () => void,
): Renewal {
  const controller = new AbortController();
  const loop = async (): Promise<void> => {
    for (;;) {
      await deps.clock.sleep(ttlMs / 3, controller.signal);
      try {
        once();
      } catch (error) {
        deps.logger.warn('renewal failed; it is tried again', { error: String(error) });
      }
    }
  };
  loop().catch(() => {
    // Ends by being stopped.
  });
  return { stop: () => controller.abort() };
}

import type { Clock } from '@ds01/ports';

/** Work on the same thing, one after the other. */
export interface Turns {
  /**
   * Runs `work` when everything that came before under the same key has ended. Rejects with the
   * signal's reason when it aborts while waiting.
   */
  take<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** Turns of one process. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    async take(key, work, signal) {
      const before = last.get(key) ?? Promise.resolve();
      const mine = Promise.withResolvers<void>();
      const queued = before.then(() => mine.promise);
      last.set(key, queued);
      void queued.then(() => {
        if (last.get(key) === queued) last.delete(key);
      });
      try {
        await aborted(before, signal);
        return await work();
      } finally {
        mine.resolve();
      }
    },
  };
}

/**
 * {@link Turns.take} for what must not wait for ever: after `patienceMs` it goes on beside whatever has
 * the turn. Somebody's own command may take as long as they like, a stop with a day's grace say.
 */
export async function takeSoon<T>(
  { turns, clock }: { readonly turns: Turns; readonly clock: Pick<Clock, 'sleep'> },
  turn: {
    readonly key: string;
    readonly patienceMs: number;
    readonly signal?: AbortSignal | undefined;
  },
  work: () => Promise<T>,
): Promise<T> {
  const tooLong = new Error('waited for too long');
  const waiting = new AbortController();
  const begun = new AbortController();
  void clock.sleep(turn.patienceMs, begun.signal).then(
    () => waiting.abort(tooLong),
    () => undefined,
  );
  const signals = [waiting.signal, ...(turn.signal === undefined ? [] : [turn.signal])];
  try {
    return await turns.take(
      turn.key,
      () => {
        begun.abort();
        return work();
      },
      AbortSignal.any(signals),
    );
  } catch (error) {
    if (error !== tooLong) throw error;
    return await work();
  } finally {
    begun.abort();
  }
}

async function aborted(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await before;
    return;
  }
  signal.throwIfAborted();
  const abort = Promise.withResolvers<never>();
  const onAbort = (): void => abort.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([before, abort.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

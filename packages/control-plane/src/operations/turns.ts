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

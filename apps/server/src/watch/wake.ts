/** Somebody who waits for a time or for being woken. */
export interface Wake {
  now(): void;
  /** Forgets that it was woken; what wakes it from here on counts. */
  reset(): void;
  /** `due` when the time is over, `woken` when somebody did, or the signal aborted. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<'due' | 'woken'>;
}

/** One that was not woken yet. */
export function createWake(): Wake {
  let woken = Promise.withResolvers<'due' | 'woken'>();
  return {
    now: () => woken.resolve('woken'),
    reset: () => {
      woken = Promise.withResolvers();
    },
    wait: async (timeoutMs, signal) => {
      if (signal.aborted) return 'woken';
      const timer = setTimeout(() => woken.resolve('due'), timeoutMs);
      const onAbort = (): void => woken.resolve('woken');
      signal.addEventListener('abort', onAbort, { once: true });
      const why = await woken.promise;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      return why;
    },
  };
}

import { ds01Error } from '@ds01/contracts';
import type { Clock } from '@ds01/ports';

/** How a caller wants a value. */
export interface ReadingOptions {
  /** Only a reading that starts after the call will do. */
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
}

/** The wait for `work`, or `operation.interrupted` when the signal comes first; `work` goes on. */
function interruptible<Value>(work: Promise<Value>, signal?: AbortSignal): Promise<Value> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const interrupt = (): void =>
      reject(ds01Error('operation.interrupted', { message: 'Reading the GPUs was interrupted.' }));
    if (signal.aborted) interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    work
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', interrupt))
      .catch(() => undefined);
  });
}

/**
 * Shares readings between callers: at most one is under way, its result serves everybody for
 * `cacheMs`, and callers that ask for a fresh one while another is under way share the next. A
 * failure reaches everybody who waits for it, is not kept, and ends the life of the kept value.
 */
export function createSharedReading<Value>(deps: {
  readonly read: () => Promise<Value>;
  readonly cacheMs: number;
  readonly clock: Clock;
}): (options?: ReadingOptions) => Promise<Value> {
  let kept: { readonly value: Value; readonly atMs: number } | null = null;
  let current: Promise<Value> | null = null;
  let next: Promise<Value> | null = null;

  const start = (): Promise<Value> => {
    const startedMs = deps.clock.nowMs();
    const reading = deps.read().then(
      (value) => {
        kept = { value, atMs: startedMs };
        current = null;
        return value;
      },
      (error: unknown) => {
        kept = null;
        current = null;
        throw error;
      },
    );
    current = reading;
    return reading;
  };

  const startAfter = (earlier: Promise<Value>): Promise<Value> => {
    const begin = (): Promise<Value> => {
      next = null;
      return start();
    };
    next = earlier.then(begin, begin);
    return next;
  };

  const share = (fresh: boolean): Promise<Value> => {
    if (fresh) return current === null ? start() : (next ?? startAfter(current));
    const ageMs = kept === null ? -1 : deps.clock.nowMs() - kept.atMs;
    if (kept !== null && ageMs >= 0 && ageMs < deps.cacheMs) return Promise.resolve(kept.value);
    return current ?? start();
  };

  return (options = {}) => interruptible(share(options.fresh ?? false), options.signal);
}

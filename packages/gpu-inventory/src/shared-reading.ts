import { ds01Error } from '@ds01/contracts';
import type { Clock } from '@ds01/ports';

/** How a caller wants a value. */
export interface ReadingOptions {
  /** Only a reading that starts after the call will do. */
  readonly fresh?: boolean;
  /** The longest wait; what takes longer goes on for others. */
  readonly patienceMs?: number;
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

/** How long a slow failure spares those with little patience the wait for the next one. */
const rememberFailureMs = 30_000;

/**
 * Shares readings between callers: at most one is under way, its result serves everybody for
 * `cacheMs`, and callers that ask for a fresh one while another is under way share the next. A
 * failure reaches everybody who waits for it, is not kept, and ends the life of the kept value. Who
 * has patience for so long only gets `tooSlow` when it runs out, and at once when the reading that is
 * under way, or the last one that failed, took longer already.
 */
export function createSharedReading<Value>(deps: {
  readonly read: () => Promise<Value>;
  readonly cacheMs: number;
  readonly clock: Clock;
  readonly tooSlow: (patienceMs: number) => Error;
}): (options?: ReadingOptions) => Promise<Value> {
  const { clock, tooSlow } = deps;
  let kept: { readonly value: Value; readonly atMs: number } | null = null;
  let failed: { readonly error: unknown; readonly atMs: number; readonly tookMs: number } | null =
    null;
  let current: { readonly reading: Promise<Value>; readonly startedMs: number } | null = null;
  let next: Promise<Value> | null = null;

  const start = (): Promise<Value> => {
    const startedMs = clock.nowMs();
    const reading = deps.read().then(
      (value) => {
        kept = { value, atMs: startedMs };
        failed = null;
        current = null;
        return value;
      },
      (error: unknown) => {
        const atMs = clock.nowMs();
        kept = null;
        failed = { error, atMs, tookMs: atMs - startedMs };
        current = null;
        throw error;
      },
    );
    current = { reading, startedMs };
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
    if (fresh) return current === null ? start() : (next ?? startAfter(current.reading));
    const ageMs = kept === null ? -1 : clock.nowMs() - kept.atMs;
    if (kept !== null && ageMs >= 0 && ageMs < deps.cacheMs) return Promise.resolve(kept.value);
    return current?.reading ?? start();
  };

  const within = async (patienceMs: number, fresh: boolean): Promise<Value> => {
    const sinceMs = current?.startedMs ?? clock.nowMs();
    const reading = share(fresh);
    reading.catch(() => undefined);
    const nowMs = clock.nowMs();
    if (failed !== null && failed.tookMs > patienceMs && nowMs - failed.atMs < rememberFailureMs) {
      throw failed.error;
    }
    const leftMs = patienceMs - (nowMs - sinceMs);
    const timer = new AbortController();
    const late = clock.sleep(Math.max(0, leftMs), timer.signal).then(
      () => {
        throw tooSlow(patienceMs);
      },
      // Aborted, because the reading was there first.
      () => reading,
    );
    return Promise.race([reading, late]).finally(() => timer.abort());
  };

  return ({ fresh = false, patienceMs, signal } = {}) =>
    interruptible(patienceMs === undefined ? share(fresh) : within(patienceMs, fresh), signal);
}

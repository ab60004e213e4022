import { ds01Error } from '@ds01/contracts';

/** Counts requests, and refuses what is too much. */
export interface Floods {
  /** Counts one request of this key. Fails with `rate.limited`. */
  count(key: string): void;
}

interface Bucket {
  tokens: number;
  atMs: number;
  toldAtMs: number | null;
}

/** Seconds of requests that may come at once: programs begin with a burst. */
const burstSeconds = 5;
/** Keys that are remembered; a full bucket is as good as none. */
const mostKeys = 10_000;
/** How often it is told that a key goes on being refused. */
const toldEveryMs = 60_000;

/**
 * A bucket of requests for each key, which fills up again at the rate. What is refused takes nothing
 * from it, so that whoever slows down is served at once.
 */
export function createFloods(deps: {
  readonly perSecond: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
  readonly onRefused: (key: string) => void;
}): Floods {
  const buckets = new Map<string, Bucket>();
  const fresh = (key: string, nowMs: number): Bucket => {
    if (buckets.size >= mostKeys) forgetOldest(buckets);
    const made = { tokens: deps.perSecond() * burstSeconds, atMs: nowMs, toldAtMs: null };
    buckets.set(key, made);
    return made;
  };
  return {
    count(key) {
      const nowMs = deps.nowMs();
      const rate = deps.perSecond();
      const bucket = buckets.get(key) ?? fresh(key, nowMs);
      const gained = ((nowMs - bucket.atMs) / 1000) * rate;
      bucket.tokens = Math.min(rate * burstSeconds, bucket.tokens + gained);
      bucket.atMs = nowMs;
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return;
      }
      if (bucket.toldAtMs === null || nowMs - bucket.toldAtMs > toldEveryMs) {
        bucket.toldAtMs = nowMs;
        deps.onRefused(key);
      }
      throw tooMany(Math.max(1, Math.ceil((1 - bucket.tokens) / rate)));
    },
  };
}

/** Maps keep the order in which keys came; the first tenth goes. */
function forgetOldest(buckets: Map<string, Bucket>): void {
  let left = mostKeys / 10;
  for (const key of buckets.keys()) {
    if (left <= 0) return;
    buckets.delete(key);
    left -= 1;
  }
}

/** The refusal of a flood. */
export function tooMany(retryAfterS: number, why = 'Too many requests at once.') {
  return ds01Error('rate.limited', {
    message: `${why} Try again in ${retryAfterS} s.`,
    hint: 'ask less often, or follow the events: ds01 events --follow',
    details: { retryAfterS },
  });
}

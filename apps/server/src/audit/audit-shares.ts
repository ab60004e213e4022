/** What one account may write into the audit log, so that nobody washes out what others did. */
export interface AuditShares {
  /** Whether one more call of an account may be written. */
  take(uid: number): boolean;
}

/** Calls that are written however fast they come, and how long each takes to be one again. */
const most = 2000;
const refillMs = 2000;

/**
 * Every account has its share: two thousand calls at once, one more every two seconds. At two lines of
 * some 300 bytes for each, one account alone takes five days to fill what is kept (128 MiB).
 */
export function createAuditShares(nowMs: () => number): AuditShares {
  const shares = new Map<number, { left: number; atMs: number }>();
  return {
    take(uid) {
      const now = nowMs();
      const { left, atMs } = shares.get(uid) ?? { left: most, atMs: now };
      // A clock that was set back takes nothing away.
      const gained = Math.max(0, now - atMs) / refillMs;
      const share = { left: Math.min(most, left + gained), atMs: now };
      shares.set(uid, share);
      if (share.left < 1) return false;
      share.left -= 1;
      return true;
    },
  };
}

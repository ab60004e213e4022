const longestWarningMs = 14 * 86_400_000;
const shareOfLife = 0.1;

/**
 * Whether a token is near its end: within its last two weeks, or the last tenth of its life where that is
 * less. Times are Unix milliseconds; one that never expires never is, and one that has expired is not
 * any more.
 */
export function expiresSoon(
  {
    createdAtMs,
    expiresAtMs,
  }: { readonly createdAtMs: number; readonly expiresAtMs: number | null },
  nowMs: number,
): boolean {
  if (expiresAtMs === null || nowMs >= expiresAtMs) return false;
  const warningMs = Math.min(longestWarningMs, (expiresAtMs - createdAtMs) * shareOfLife);
  return expiresAtMs - nowMs <= warningMs;
}

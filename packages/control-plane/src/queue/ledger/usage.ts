import { accrueUsage, usageAt } from '@ds01/scheduler';
import { gpuEquivalentsOfLease, type Lease, type Username } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';

type Ledger = Pick<StoreTransaction, 'leases' | 'usage'>;

/** Now, and how soon use is forgotten. */
export interface UsageMoment {
  readonly nowMs: number;
  readonly halfLifeDays: number;
}

/** What each person has used up to now, in GPU equivalents times hours, weighted down to now. */
export function usageNow(transaction: Ledger, moment: UsageMoment): ReadonlyMap<Username, number> {
  const known = new Map(transaction.usage.all().map((usage) => [usage.user, usage]));
  const held = Map.groupBy(transaction.leases.live(), ({ user }) => user);
  const people = new Set([...known.keys(), ...held.keys()]);
  return new Map(
    [...people].flatMap((user) => {
      if (user === null) return [];
      return [[user, usageOf(known.get(user), held.get(user) ?? [], moment)] as const];
    }),
  );
}

/**
 * Adds up what a person has used until now. It has to be done before a lease of theirs ends, for what
 * comes after only knows what they hold then.
 */
export function settleUsage(transaction: Ledger, user: Username, moment: UsageMoment): void {
  const known = transaction.usage.all().find((usage) => usage.user === user);
  const leases = transaction.leases.live().filter((lease) => lease.user === user);
  const gpuHours = usageOf(known, leases, moment);
  const atMs = Math.max(known?.atMs ?? 0, moment.nowMs);
  transaction.usage.put({ user, gpuHours, atMs });
}

/** What people have used counts on from now as it did right before somebody set the clock. */
export function moveUsage(
  transaction: Ledger,
  { byMs, nowMs, halfLifeDays }: UsageMoment & { readonly byMs: number },
): void {
  for (const [user, gpuHours] of usageNow(transaction, { nowMs: nowMs - byMs, halfLifeDays })) {
    transaction.usage.put({ user, gpuHours, atMs: nowMs });
  }
}

function usageOf(
  known: { readonly gpuHours: number; readonly atMs: number } | undefined,
  leases: readonly Lease[],
  { nowMs, halfLifeDays }: UsageMoment,
): number {
  const before = known === undefined ? 0 : usageAt(known, nowMs, halfLifeDays);
  return leases.reduce((sum, lease) => {
    // A lease is younger than what was added up last, when nobody added up since; one that is younger
    // than now is of a clock that was set back, and then everything was added up.
    const isOfOtherClock = lease.createdAtMs > nowMs;
    const sinceMs = isOfOtherClock
      ? (known?.atMs ?? nowMs)
      : Math.max(known?.atMs ?? 0, lease.createdAtMs);
    const gpuEquivalents = gpuEquivalentsOfLease(lease);
    const since = { gpuHours: 0, atMs: sinceMs };
    return sum + accrueUsage(since, { gpuEquivalents, atMs: nowMs, halfLifeDays }).gpuHours;
  }, before);
}

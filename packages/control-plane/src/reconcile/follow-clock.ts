import type { Lease } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { keepSteady, readSteady } from '../lifecycle/looking/steady-clock.ts';
import { movePending } from '../pending.ts';
import type { CurrentPolicy } from '../policy.ts';
import { moveQueue } from '../queue/ledger/move-times.ts';

/** Clocks are set right by less than that all the time. */
const jumpMs = 5000;

/**
 * Leases, waits and grants end at times of the wall clock, but are meant as spans. When somebody set that
 * clock, they move with it; after a reboot holds begin anew, for nobody could start anything while the
 * machine was off.
 */
export function followClock(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  policy: CurrentPolicy,
): void {
  deps.store.transaction((transaction) => {
    const now = readSteady(transaction.meta, deps.clock);
    const isSet = Math.abs(now.jumpedMs) > jumpMs;
    if (isSet) moveAll(transaction, policy, { byMs: now.jumpedMs, nowMs: now.wallMs });
    if (now.isOtherBoot) {
      const bootedAtMs = now.wallMs - now.bootMs;
      moveHolds(transaction, (lease, endsAtMs) => {
        const holdMs = holdOf(transaction, policy, lease);
        return holdMs === null ? endsAtMs : Math.max(endsAtMs, bootedAtMs + holdMs);
      });
    } else if (!isSet && now.isKept) return;
    keepSteady(transaction.meta, now);
  });
}

function moveAll(
  transaction: StoreTransaction,
  { settings: { queue, leases } }: CurrentPolicy,
  jump: { readonly byMs: number; readonly nowMs: number },
): void {
  moveHolds(transaction, (_, endsAtMs) => Math.round(endsAtMs + jump.byMs));
  const makingMs = leases.reserve_ttl_s * 1000;
  const grantedMs = Math.max(makingMs, queue.claim_window_s * 1000);
  moveReserved(transaction, { ...jump, latestMs: jump.nowMs + grantedMs });
  movePending(transaction, { ...jump, latestMs: jump.nowMs + makingMs });
  moveQueue(transaction, { ...jump, halfLifeDays: queue.half_life_days });
}

function moveHolds(
  { leases }: StoreTransaction,
  ending: (lease: Lease, endsAtMs: number) => number,
): void {
  for (const lease of leases.live()) {
    const { heldUntilMs, token, state } = lease;
    if (state !== 'held' || heldUntilMs === null) continue;
    const until = ending(lease, heldUntilMs);
    if (until !== heldUntilMs) {
      leases.update(lease.id, { token, states: [state] }, { heldUntilMs: until });
    }
  }
}

/** Whoever makes a container may have renewed its reservation after the jump: never beyond `latestMs`. */
function moveReserved(
  { leases }: StoreTransaction,
  { byMs, latestMs }: { readonly byMs: number; readonly latestMs: number },
): void {
  for (const { id, token, state, expiresAtMs } of leases.live()) {
    if (state !== 'reserved' || expiresAtMs === null) continue;
    const expected = { token, states: [state] as const };
    leases.update(id, expected, {
      expiresAtMs: Math.min(Math.round(expiresAtMs + byMs), latestMs),
    });
  }
}

/** How long the GPU of a stopped container is kept; `null` when that isn't known any more. */
function holdOf(
  { containers }: StoreTransaction,
  policy: CurrentPolicy,
  { containerId }: Lease,
): number | null {
  const record = containerId === null ? null : containers.get(containerId);
  if (record === null || record.user === null || !record.managed) return null;
  return policy.forUser(record.user).gpuHoldMs;
}

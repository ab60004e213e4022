import type { Lease } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { keepSteady, readSteady } from '../lifecycle/looking/steady-clock.ts';
import type { CurrentPolicy } from '../policy.ts';

/** Clocks are set right by less than that all the time. */
const jumpMs = 5000;

/**
 * Leases end at times of the wall clock, but are meant as spans. When somebody set that clock, they move
 * with it; after a reboot holds begin anew, for nobody could start anything while the machine was off.
 */
export function followClock(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  policy: CurrentPolicy,
): void {
  deps.store.transaction((transaction) => {
    const now = readSteady(transaction.meta, deps.clock);
    if (now.isOtherBoot) {
      const bootedAtMs = now.wallMs - now.bootMs;
      move(transaction, (lease, endsAtMs) => {
        const holdMs = holdOf(transaction, policy, lease);
        return holdMs === null ? endsAtMs : Math.max(endsAtMs, bootedAtMs + holdMs);
      });
    } else if (Math.abs(now.jumpedMs) > jumpMs) {
      move(transaction, (_, endsAtMs) => Math.round(endsAtMs + now.jumpedMs));
    } else if (now.isKept) return;
    keepSteady(transaction.meta, now);
  });
}

function move(
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

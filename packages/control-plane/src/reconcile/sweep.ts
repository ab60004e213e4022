import { claimsOf, leaseIdSchema, leaseTimeMs, slotsOf, type SlotUuid } from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { dropExpiredPending, pendingContainers } from '../pending.ts';
import type { CurrentPolicy } from '../policy.ts';
import type { Reconciled } from './reconcile.ts';

/**
 * Removes what nobody needs on the host: pins and parent cgroups without a container, and tells the
 * gate which devices are free (for observe mode).
 */
export async function sweepHost(
  deps: ControlPlaneDependencies,
  policy: CurrentPolicy,
  now: Reconciled,
): Promise<void> {
  deps.grants.setGateMode(policy.settings.gate.mode);
  deps.grants.publishFreeDevices(freeDevices(now));
  const used = new Set<string>(now.leases.map((lease) => lease.id));
  for (const { record } of now.containers) if (record.pinKey !== null) used.add(record.pinKey);
  const youngest = deps.clock.nowMs() - policy.settings.leases.reserve_ttl_s * 1000;
  for (const key of await deps.pins.keys()) {
    if (!used.has(key) && !isYoungerThan(key, youngest)) await deps.pins.unpin(key);
  }
  await sweepCgroups(deps, now);
}

function isYoungerThan(key: string, limitMs: number): boolean {
  const id = leaseIdSchema.safeParse(key);
  return id.success && leaseTimeMs(id.data) > limitMs;
}

async function sweepCgroups(
  deps: ControlPlaneDependencies,
  now: Reconciled,
): Promise<void> {
  const parents = new Set(now.containers.map(({ record }) => record.cgroupParent));
  const nowMs = deps.clock.nowMs();
  const pending = deps.store.transaction((transaction) => {
    dropExpiredPending(transaction, nowMs);
    return pendingContainers(transaction, nowMs);
  });
  if (pending.size > 0) return;
  await deps.cgroups.removeEmpty((group, slug) =>
    [...parents].some((parent) => parent.endsWith(`/${group}/${slug}`)),
  );
}

function freeDevices(now: Reconciled): readonly SlotUuid[] {
  if (now.inventory === null) return [];
  const taken = new Set(
    now.leases.flatMap((lease) =>
      lease.slots.flatMap((slot) => claimsOf(slot).map((claim) => `${slot.deviceUuid}/${claim}`)),
    ),
  );
  return now.inventory.devices.flatMap((device) =>
    slotsOf(device)
      .filter((slot) =>
        claimsOf({
          uuid: slot.uuid,
          memorySlices: slot.memorySlices === null ? null : [...slot.memorySlices],
        }).every((claim) => !taken.has(`${device.uuid}/${claim}`)),
      )
      .map((slot) => slot.uuid),
  );
}

import {
  slotUuidSchema,
  usernameSchema,
  type AllocationSnapshot,
  type Lease,
} from '@ds01/contracts';
import { slotId, snapshotOf } from './build.ts';
import { stepMs, type NaiveState } from './naive-model.ts';

/** The system under test: the leases that its decisions led to. */
export interface Real {
  leases: Lease[];
  nextNumber: number;
  placed: number;
  refused: number;
}

/** The snapshot of a moment, its parts in an order that depends on nothing but luck. */
export function currentSnapshot(
  model: NaiveState,
  real: Real,
  reversed = false,
): AllocationSnapshot {
  const devices = model.world.devices.map((device) => {
    const state = model.health.get(device.uuid);
    return state === undefined ? device : { ...device, health: { state, reasons: ['Xid 79'] } };
  });
  const reservations = [...model.reserved].map(([id, user]) => ({
    user: usernameSchema.parse(user),
    slots: [slotId(id)],
    fromMs: 999_999,
    toMs: 1_000_000 + stepMs,
    reason: 'deadline',
  }));
  for (const [id, { user, inMs, forMs }] of model.reservedLater) {
    const fromMs = 1_000_000 + inMs;
    const slots = [slotId(id)];
    const span = { fromMs, toMs: fromMs + forMs, reason: 'talk' };
    reservations.push({ user: usernameSchema.parse(user), slots, ...span });
  }
  const leases = [...real.leases];
  if (reversed) [devices, reservations, leases].forEach((list) => list.reverse());
  const busy = [...model.busy].map((uuid) => slotUuidSchema.parse(uuid));
  return snapshotOf(devices, { leases, busy, reservations });
}

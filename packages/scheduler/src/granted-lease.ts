import { leaseIdOf, type Lease, type Placement, type Username } from '@ds01/contracts';

/** Stands for a grant among leases, so that nothing is granted twice. `number` makes its id. */
export function leaseOf(grant: {
  readonly user: Username;
  readonly name: string;
  readonly placement: Placement;
  readonly number: number;
}): Lease {
  const { user, name, placement, number } = grant;
  return {
    id: leaseIdOf(0, number.toString(36).padStart(11, '0')),
    user,
    state: 'reserved',
    token: 1,
    slots: placement.slots.map((slot) => ({
      slot: slot.slot,
      uuid: slot.uuid,
      deviceUuid: slot.deviceUuid,
      profile: slot.profile,
      gpuEquivalents: slot.gpuEquivalents,
      memorySlices: slot.memorySlices === null ? null : [...slot.memorySlices],
    })),
    containerId: null,
    dockerName: name,
    createdAtMs: 0,
    expiresAtMs: null,
    heldUntilMs: null,
  };
}

import { z } from 'zod';
import { deviceUuidSchema, slotIdSchema, slotUuidSchema } from './gpu.ts';
import { usernameSchema } from './names.ts';

/** Identity of a lease: `l` and 20 characters that sort by time of creation. */
export const leaseIdSchema = z
  .string()
  .regex(/^l[0-9a-z]{20}$/)
  .brand<'LeaseId'>();
/** Identity of a lease. */
export type LeaseId = z.infer<typeof leaseIdSchema>;

const timeDigits = 9;

/**
 * A lease id: `l`, 9 base-36 digits of the time in Unix ms, then 11 of `random` (lower-case letters
 * and digits, at least 11 of them). Ids sort by time until the year 5188.
 */
export function leaseIdOf(timeMs: number, random: string): LeaseId {
  const time = Math.floor(timeMs).toString(36).padStart(timeDigits, '0');
  return leaseIdSchema.parse(`l${time}${random.slice(0, 20 - timeDigits)}`);
}

/** Unix milliseconds at which a lease id was made. */
export function leaseTimeMs(id: LeaseId): number {
  return Number.parseInt(id.slice(1, 1 + timeDigits), 36);
}

/** Full id of a container, 64 hex digits. */
export const containerIdSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'ContainerId'>();
/** Full id of a container. */
export type ContainerId = z.infer<typeof containerIdSchema>;

/**
 * States of a lease. All but `released` are live and keep everybody else off the silicon:
 * `reserved` before the container exists, `bound` to a container, `held` after it stopped,
 * `external` for a GPU container made behind our back, `lost` when the device vanished.
 */
export const leaseStateSchema = z.enum([
  'reserved',
  'bound',
  'held',
  'external',
  'lost',
  'released',
]);
/** State of a lease. */
export type LeaseState = z.infer<typeof leaseStateSchema>;

/** One slot of a lease, with what identifies the silicon even after slots were renumbered. */
export const leasedSlotSchema = z.strictObject({
  slot: slotIdSchema,
  uuid: slotUuidSchema,
  deviceUuid: deviceUuidSchema,
  profile: z.string().nullable(),
  gpuEquivalents: z.number().min(0).max(1),
  memorySlices: z.array(z.int().min(0).max(15)).nullable(),
});
/** One slot of a lease. */
export type LeasedSlot = z.infer<typeof leasedSlotSchema>;

/** An exclusive right to slots. Times are Unix milliseconds. */
export const leaseSchema = z.strictObject({
  id: leaseIdSchema,
  /** `null` for an external container that belongs to nobody known. */
  user: usernameSchema.nullable(),
  state: leaseStateSchema,
  /** Fencing token; grows with every reservation and every new binding. */
  token: z.int().positive(),
  slots: z.array(leasedSlotSchema).min(1),
  containerId: containerIdSchema.nullable(),
  /** Docker's name of the container that the lease is for. */
  dockerName: z.string(),
  createdAtMs: z.int(),
  /** End of a reservation; `null` in every other state. */
  expiresAtMs: z.int().nullable(),
  /** End of a hold; `null` when it has none or isn't held. */
  heldUntilMs: z.int().nullable(),
});
/** An exclusive right to slots. */
export type Lease = z.infer<typeof leaseSchema>;

/** Sum of a lease's weights. */
export function gpuEquivalentsOfLease(lease: Pick<Lease, 'slots'>): number {
  return lease.slots.reduce((sum, slot) => sum + slot.gpuEquivalents, 0);
}

/**
 * What a slot claims on its device, as keys that no two live leases may share: memory slices
 * (`"0"` to `"7"`), or `mig:<uuid>` when the placement is unknown.
 */
export function claimsOf(slot: Pick<LeasedSlot, 'uuid' | 'memorySlices'>): readonly string[] {
  return slot.memorySlices === null ? [`mig:${slot.uuid}`] : slot.memorySlices.map(String);
}

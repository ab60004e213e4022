import { createHash } from 'node:crypto';
import { generationOf } from './render/generation.ts';

/** A UUID that is the same on every run for the same parts, shaped like the driver's (version 4-like). */
export const deterministicUuid = (...parts: readonly (string | number)[]): string => {
  const hex = createHash('sha256').update(parts.join('\0')).digest('hex');
  const variant = (Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8;
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `${variant.toString(16)}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
};

const busIds = ['07', '0F', '47', '4E', '87', '90', 'B7', 'BD'];

/** Bus ids of the first eight GPUs are those of a DGX; further ones are counted on. */
export const defaultBusId = (index: number): string =>
  `00000000:${busIds[index] ?? (0xc0 + index).toString(16).toUpperCase().slice(-2)}:00.0`;

/** Thirteen digits, as on a data-centre board. */
export const defaultSerial = (hostSeed: string, index: number): string => {
  const digest = createHash('sha256').update(`${hostSeed}\0serial\0${index}`).digest();
  return `13${String(digest.readUIntBE(0, 6) % 100_000_000_000).padStart(11, '0')}`;
};

/** What the UUID of a MIG device depends on. */
export interface MigIdentity {
  readonly driverVersion: string;
  readonly deviceUuid: string;
  readonly gpuInstanceId: number;
  readonly computeInstanceId: number | null;
}

/** UUID of a MIG device: since R470 one of its own, before that made of the GPU's and its ids. */
export const migUuid = (identity: MigIdentity): string => {
  const { deviceUuid, gpuInstanceId } = identity;
  const computeInstanceId = identity.computeInstanceId ?? 0;
  return generationOf(identity.driverVersion).derivedMigUuids
    ? `MIG-${deviceUuid}/${gpuInstanceId}/${computeInstanceId}`
    : `MIG-${deterministicUuid(deviceUuid, gpuInstanceId, computeInstanceId)}`;
};

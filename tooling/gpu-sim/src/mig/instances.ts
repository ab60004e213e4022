import type { SimulatedDevice, SimulatedMigInstance } from '../topology.ts';

/** A MIG device: a GPU instance with a compute instance in it. */
export type MigDevice = SimulatedMigInstance & { readonly computeInstanceId: number };

const isMigDevice = (instance: SimulatedMigInstance): instance is MigDevice =>
  instance.computeInstanceId !== null;

/** The MIG devices of a GPU in the order of their indexes. */
export const migDevicesOf = (device: SimulatedDevice): MigDevice[] =>
  device.migInstances.filter(isMigDevice);

/** One entry for each GPU instance, with or without compute instances. */
export const gpuInstancesOf = (device: SimulatedDevice): SimulatedMigInstance[] =>
  device.migInstances.filter(
    ({ gpuInstanceId }, position, all) =>
      all.findIndex((other) => other.gpuInstanceId === gpuInstanceId) === position,
  );

/** Order in which the driver counts MIG devices. */
export const byInstance = (left: SimulatedMigInstance, right: SimulatedMigInstance): number =>
  left.gpuInstanceId - right.gpuInstanceId ||
  (left.computeInstanceId ?? 0) - (right.computeInstanceId ?? 0);

/** Memory slices that GPU instances cover. */
export const takenSlices = (device: SimulatedDevice): Set<number> =>
  new Set(
    device.migInstances.flatMap(({ placement }) =>
      Array.from({ length: placement.size }, (_, offset) => placement.start + offset),
    ),
  );

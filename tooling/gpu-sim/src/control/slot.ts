import { migDevicesOf, type MigDevice } from '../mig/instances.ts';
import type { SimulatedDevice, Topology } from '../topology.ts';

/** A GPU (`0`), or a MIG device on it (`0:1`), as `-L` counts them. */
export type SlotName = string | number;

/** What a slot's name means; `instance` is null for a whole GPU. */
export interface NamedSlot {
  readonly device: SimulatedDevice;
  readonly instance: MigDevice | null;
}

/** The device of that name; throws an Error that says which there are. */
export const findSlot = (topology: Topology, slot: SlotName): NamedSlot => {
  const [gpu = '', mig] = String(slot).split(':');
  const device = topology.devices.find(({ index }) => String(index) === gpu);
  if (device === undefined) {
    throw new Error(`no GPU ${gpu}; there are ${topology.devices.length}, counted from 0`);
  }
  if (mig === undefined) return { device, instance: null };
  const instances = migDevicesOf(device);
  const instance = instances.find((_, index) => String(index) === mig);
  if (instance === undefined) {
    throw new Error(`no MIG device ${gpu}:${mig}; GPU ${gpu} has ${instances.length}`);
  }
  return { device, instance };
};

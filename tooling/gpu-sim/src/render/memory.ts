import { findMigProfile, type MigProfile } from '../mig-profiles.ts';
import { modelOf } from '../models.ts';
import type { SimulatedDevice, SimulatedMigInstance } from '../topology.ts';

/** Framebuffer figures as the tool prints them. */
export interface MemoryFigures {
  readonly totalMiB: number;
  readonly reservedMiB: number;
  readonly usedMiB: number;
  readonly freeMiB: number;
}

/** Framebuffer of a GPU: total = reserved + used + free. */
export const deviceMemory = (device: SimulatedDevice): MemoryFigures => {
  const reservedMiB = Math.min(modelOf(device.model).reservedMiB, device.memoryMiB);
  const usedMiB = Math.min(device.usedMemoryMiB, device.memoryMiB - reservedMiB);
  return {
    totalMiB: device.memoryMiB,
    reservedMiB,
    usedMiB,
    freeMiB: device.memoryMiB - reservedMiB - usedMiB,
  };
};

/** Profile of a MIG device; topologies are checked, so a missing one is a defect here. */
export const profileOf = (device: SimulatedDevice, instance: SimulatedMigInstance): MigProfile => {
  const family = modelOf(device.model).migFamily;
  const profile = family === null ? undefined : findMigProfile(family, instance.profile);
  if (profile === undefined) {
    throw new Error(`${device.model} has no MIG profile ${instance.profile}`);
  }
  return profile;
};

/** Framebuffer of a MIG device. */
export const instanceMemory = (
  device: SimulatedDevice,
  instance: SimulatedMigInstance,
): MemoryFigures => {
  const totalMiB = profileOf(device, instance).memoryMiB;
  const usedMiB = Math.min(instance.usedMemoryMiB, totalMiB);
  return { totalMiB, reservedMiB: 0, usedMiB, freeMiB: totalMiB - usedMiB };
};

/** Part of the BAR1 window that belongs to a MIG device, MiB. */
export const instanceBar1MiB = (device: SimulatedDevice, instance: SimulatedMigInstance): number =>
  Math.floor((modelOf(device.model).bar1MiB * profileOf(device, instance).size) / 8) - 1;

/** Degrees C of the memory; null on boards whose memory has no sensor that the tool reads. */
export const memoryTemperature = (device: SimulatedDevice): number | null =>
  modelOf(device.model).migFamily === null ? null : device.temperatureC + 7;

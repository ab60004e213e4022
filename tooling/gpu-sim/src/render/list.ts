import { migDevicesOf } from '../mig/instances.ts';
import type { SimulatedDevice, SimulatedMigInstance, Topology } from '../topology.ts';
import type { Answer } from './answer-types.ts';
import { generationOf } from './generation.ts';
import { eachDevice } from './lost.ts';
import { productName } from './product-name.ts';

const migLine = (
  instance: SimulatedMigInstance,
  { index, aligned }: { readonly index: number; readonly aligned: boolean },
): string =>
  aligned
    ? `  MIG ${instance.profile.padEnd(11)} Device ${String(index).padStart(2)}: (UUID: ${instance.uuid})\n`
    : `  MIG ${instance.profile} Device ${index}: (UUID: ${instance.uuid})\n`;

const deviceLines = (device: SimulatedDevice, topology: Topology): string => {
  const aligned = generationOf(topology.driverVersion).alignedMigLines;
  const instances = migDevicesOf(device).map((instance, index) =>
    migLine(instance, { index, aligned }),
  );
  return `GPU ${device.index}: ${productName(device, topology)} (UUID: ${device.uuid})\n${instances.join('')}`;
};

/** `nvidia-smi -L`: each GPU, below it its MIG devices. */
export const renderList = (topology: Topology): Answer => {
  const { text, exitCode } = eachDevice(topology, (device) => deviceLines(device, topology));
  return { stdout: text, exitCode };
};

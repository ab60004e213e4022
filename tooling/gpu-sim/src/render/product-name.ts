import type { SimulatedDevice, Topology } from '../topology.ts';
import { generationOf } from './generation.ts';

/** Name of a board as the driver of the host prints it: without the brand before R470. */
export const productName = (
  device: Pick<SimulatedDevice, 'model'>,
  { driverVersion }: Pick<Topology, 'driverVersion'>,
): string =>
  generationOf(driverVersion).brandedNames ? device.model : device.model.replace(/^NVIDIA /u, '');

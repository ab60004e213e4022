import type { SimulatedDevice, SimulatedMigInstance, Topology } from '../topology.ts';
import { exitCodes, type Answer } from './answer-types.ts';

const migLine = (instance: SimulatedMigInstance, index: number): string =>
  `  MIG ${instance.profile.padEnd(11)} Device ${String(index).padStart(2)}: (UUID: ${instance.uuid})\n`;

/** What the tool prints instead of a GPU that fell off the bus. */
export const lostDeviceLine = (device: SimulatedDevice): string =>
  `Unable to determine the device handle for GPU${device.index}: ${device.pciBusId}: GPU is lost.  Reboot the system to recover this GPU\n`;

const deviceLines = (device: SimulatedDevice): string =>
  device.health.lost
    ? lostDeviceLine(device)
    : `GPU ${device.index}: ${device.model} (UUID: ${device.uuid})\n${device.migInstances
        .map(migLine)
        .join('')}`;

/** `nvidia-smi -L`: each GPU, below it its MIG devices. */
export const renderList = (topology: Topology): Answer => ({
  stdout: topology.devices.map(deviceLines).join(''),
  exitCode: topology.devices.some((device) => device.health.lost) ? exitCodes.gpuLost : 0,
});

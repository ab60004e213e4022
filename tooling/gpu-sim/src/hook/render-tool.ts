import { containerScript } from '../script/container-script.ts';
import type { Topology } from '../topology.ts';
import type { DeviceRequest } from './request.ts';
import { visibleTopology } from './visible-topology.ts';

/**
 * Renders the tool for a container with that request. Throws an Error with the real tool's sentence
 * if the driver can't be reached or the host doesn't have one of the devices.
 */
export const renderTool = (topology: Topology, request: DeviceRequest): string => {
  if (topology.mode === 'failing') {
    throw new Error('nvidia-container-cli: initialization error: nvml error: driver not loaded');
  }
  if (topology.mode === 'mismatch') {
    throw new Error(
      'nvidia-container-cli: initialization error: nvml error: driver/library version mismatch',
    );
  }
  const visible = visibleTopology(topology, request);
  if (!visible.ok) {
    throw new Error(`nvidia-container-cli: device error: ${visible.unknownDevice}: unknown device`);
  }
  return containerScript(visible.topology);
};

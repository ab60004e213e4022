import type { SimulatedDevice, Topology } from '../topology.ts';
import { exitCodes } from './answer-types.ts';
import { generationOf } from './generation.ts';

/** A GPU that the driver has no handle for any more; anything else about it is unknown to the tool. */
export const hasNoHandle = ({ health }: SimulatedDevice): boolean =>
  health.lost && health.lostForm === 'handle';

/** A lost GPU whose handle is still there: each figure reads `GPU is lost`. */
export const readsAsLost = ({ health }: SimulatedDevice): boolean =>
  health.lost && health.lostForm === 'values';

/** What the tool prints instead of a GPU without a handle, by generation, as recorded. */
const lostDeviceLine = (device: SimulatedDevice, topology: Topology): string => {
  const shortBusId = device.pciBusId.slice(4);
  const subject = {
    lost: `GPU ${shortBusId}: GPU is lost.  Reboot the system to recover this GPU`,
    unknown: `GPU${shortBusId}: Unknown Error`,
    'unknown-and-continue': `GPU${device.index}: ${shortBusId}: Unknown Error`,
  }[generationOf(topology.driverVersion).lostHandle];
  return `Unable to determine the device handle for ${subject}\n`;
};

/** Text for each device in turn; drivers before R545 end the call at the first without a handle. */
export const eachDevice = (
  topology: Topology,
  render: (device: SimulatedDevice) => string,
): { readonly text: string; readonly ended: boolean; readonly exitCode: number } => {
  const { lostHandle } = generationOf(topology.driverVersion);
  const lostCode = lostHandle === 'lost' ? exitCodes.gpuLost : exitCodes.unknownError;
  let text = '';
  let exitCode = 0;
  for (const device of topology.devices) {
    if (!hasNoHandle(device)) {
      text += render(device);
      continue;
    }
    text += lostDeviceLine(device, topology);
    exitCode = lostCode;
    if (lostHandle !== 'unknown-and-continue') return { text, ended: true, exitCode };
  }
  return { text, ended: false, exitCode };
};

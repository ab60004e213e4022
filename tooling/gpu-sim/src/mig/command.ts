import { modelOf } from '../models.ts';
import { badArguments, exitCodes, noDevices, type Answer } from '../render/answer-types.ts';
import { selectDevices } from '../select-devices.ts';
import type { SimulatedDevice, Topology } from '../topology.ts';
import { changesHost, parseMigArguments, type MigAction, type MigCommand } from './arguments.ts';
import { createComputeInstances, createGpuInstances } from './create.ts';
import { destroyComputeInstances, destroyGpuInstances } from './destroy.ts';
import { failedAfter, migErrors } from './errors.ts';
import {
  renderComputeInstances,
  renderComputeProfiles,
  renderGpuInstanceProfiles,
  renderGpuInstances,
  renderPlacements,
  type TableRequest,
} from './tables.ts';

/** What profiles there are is asked of boards that could have them, everything else of those in MIG mode. */
const noMigDevices = (action: MigAction, devices: readonly SimulatedDevice[]): Answer => {
  const ofBoards = action === 'list-profiles' || action === 'list-placements';
  const capable = devices.some((device) => modelOf(device.model).migFamily !== null);
  return {
    stdout: `No MIG-${ofBoards && !capable ? 'supported' : 'enabled'} devices found.\n`,
    exitCode: exitCodes.noDevices,
  };
};

const lists: Readonly<
  Partial<Record<MigAction, (topology: Topology, request: TableRequest) => Answer>>
> = {
  'list-profiles': renderGpuInstanceProfiles,
  'list-placements': renderPlacements,
  'list-gpu-instances': renderGpuInstances,
  'list-compute-profiles': renderComputeProfiles,
  'list-compute-instances': renderComputeInstances,
};

const denied = (action: MigAction, devices: readonly SimulatedDevice[], command: MigCommand) => {
  const error = migErrors.noPermission;
  const refusal = (stdout: string): Answer => ({ stdout, exitCode: error.exitCode });
  const index = String(devices[0]?.index ?? 0).padStart(2);
  switch (action) {
    case 'list-gpu-instances':
      return refusal(
        `Failed to display GPU instances: ${error.words}\nNo GPU instances found: ${error.words}\n`,
      );
    case 'list-compute-instances':
      return refusal(`Failed to display compute instances: ${error.words}\n`);
    case 'create-gpu-instances': {
      const step = `Unable to create a GPU instance on GPU ${index} using profile ${command.profiles[0] ?? ''}`;
      return failedAfter([], { step, sum: 'Failed to create GPU instances', error });
    }
    case 'create-compute-instances':
      return refusal(`Failed to create compute instances: ${error.words}\n`);
    case 'destroy-gpu-instances':
      return refusal(`Failed to destroy GPU instances: ${error.words}\n`);
    case 'destroy-compute-instances':
      return refusal(`Failed to destroy compute instances: ${error.words}\n`);
    default:
      return undefined;
  }
};

/** Whether the words after `nvidia-smi` are a `mig` command that changes the host. */
export const isMigChange = (argumentList: readonly string[]): boolean => {
  const [first, ...rest] = argumentList;
  const command = first === 'mig' ? parseMigArguments(rest) : undefined;
  return command !== undefined && changesHost(command.action);
};

/**
 * `nvidia-smi mig ...`. Instances of the topology are changed in place by commands that create and
 * destroy. Without privileges profiles and placements can be listed, instances neither listed nor
 * changed, as NVML's documentation says.
 */
export const runMigCommand = (
  topology: Topology,
  argumentList: readonly string[],
  { privileged }: { readonly privileged: boolean },
): Answer => {
  const command = parseMigArguments(argumentList);
  if (command === undefined) return badArguments;
  const selected = selectDevices(topology.devices, command.gpus);
  if (selected === undefined || selected.length === 0) return noDevices;
  const devices = selected.filter((device) => device.migMode === 'enabled' && !device.health.lost);
  if (devices.length === 0) return noMigDevices(command.action, selected);
  const refused = privileged ? undefined : denied(command.action, devices, command);
  if (refused !== undefined) return refused;
  switch (command.action) {
    case 'create-gpu-instances':
      return createGpuInstances(topology, devices, command);
    case 'create-compute-instances':
      return createComputeInstances(topology, devices, command);
    case 'destroy-gpu-instances':
      return destroyGpuInstances(devices, command);
    case 'destroy-compute-instances':
      return destroyComputeInstances(devices, command);
    default: {
      const list = lists[command.action];
      const { gpuInstanceIds } = command;
      return list === undefined ? badArguments : list(topology, { devices, gpuInstanceIds });
    }
  }
};

import type { Answer } from '../render/answer-types.ts';
import type { SimulatedDevice } from '../topology.ts';
import type { MigCommand } from './arguments.ts';
import { allDone, failedAfter, migErrors } from './errors.ts';
import { byInstance, gpuInstancesOf, migDevicesOf } from './instances.ts';

const two = (value: number): string => String(value).padStart(2);

const nothing = (what: string): Answer => ({
  stdout: `No ${what} found: ${migErrors.notFound.words}\n`,
  exitCode: migErrors.notFound.exitCode,
});

const missing = (
  wanted: readonly number[] | undefined,
  present: readonly number[],
): number | undefined => wanted?.find((id) => !present.includes(id));

/**
 * `mig -dgi`: destroys the GPU instances that `-gi` names (all without it). One that still holds a
 * compute instance or a process is in use; the tool stops there. Changes the devices.
 */
export const destroyGpuInstances = (
  devices: readonly SimulatedDevice[],
  command: MigCommand,
): Answer => {
  const lines: string[] = [];
  const sum = 'Failed to destroy GPU instances';
  for (const device of devices) {
    const step = (id: number): string =>
      `Unable to destroy GPU instance ID ${two(id)} from GPU ${two(device.index)}`;
    const present = gpuInstancesOf(device).map(({ gpuInstanceId }) => gpuInstanceId);
    const absent = missing(command.gpuInstanceIds, present);
    if (absent !== undefined) {
      return failedAfter(lines, { step: step(absent), sum, error: migErrors.notFound });
    }
    for (const id of command.gpuInstanceIds ?? present) {
      const inUse =
        migDevicesOf(device).some(({ gpuInstanceId }) => gpuInstanceId === id) ||
        device.processes.some(({ gpuInstanceId }) => gpuInstanceId === id);
      if (inUse) return failedAfter(lines, { step: step(id), sum, error: migErrors.inUse });
      device.migInstances = device.migInstances.filter(({ gpuInstanceId }) => gpuInstanceId !== id);
      lines.push(`Successfully destroyed GPU instance ID ${two(id)} from GPU ${two(device.index)}`);
    }
  }
  return lines.length === 0 ? nothing('GPU instances') : allDone(lines);
};

const removeComputeInstance = (
  device: SimulatedDevice,
  gpuInstanceId: number,
  computeInstanceId: number,
): void => {
  const target = device.migInstances.find(
    (entry) =>
      entry.gpuInstanceId === gpuInstanceId && entry.computeInstanceId === computeInstanceId,
  );
  if (target === undefined) return;
  const others = device.migInstances.filter((entry) => entry !== target);
  const last = !others.some((entry) => entry.gpuInstanceId === gpuInstanceId);
  const empty = {
    ...target,
    profile: target.profile.replace(/^\d+c\./u, ''),
    computeInstanceId: null,
    computeStart: 0,
    usedMemoryMiB: 0,
  };
  device.migInstances = (last ? [...others, empty] : others).toSorted(byInstance);
};

/**
 * `mig -dci`: destroys the compute instances that `-ci` and `-gi` name (all without them). One with a
 * process is in use; the tool stops there. Changes the devices.
 */
export const destroyComputeInstances = (
  devices: readonly SimulatedDevice[],
  command: MigCommand,
): Answer => {
  const lines: string[] = [];
  const sum = 'Failed to destroy compute instances';
  for (const device of devices) {
    const step = (gpuInstanceId: number, id: number): string =>
      `Unable to destroy compute instance ID ${two(id)} from GPU ${two(
        device.index,
      )} GPU instance ID ${two(gpuInstanceId)}`;
    const instanceIds = command.gpuInstanceIds ?? [
      ...new Set(migDevicesOf(device).map(({ gpuInstanceId }) => gpuInstanceId)),
    ];
    for (const gpuInstanceId of instanceIds) {
      const present = migDevicesOf(device)
        .filter((entry) => entry.gpuInstanceId === gpuInstanceId)
        .map(({ computeInstanceId }) => computeInstanceId);
      const absent = missing(command.computeInstanceIds, present);
      if (absent !== undefined) {
        return failedAfter(lines, {
          step: step(gpuInstanceId, absent),
          sum,
          error: migErrors.notFound,
        });
      }
      for (const id of command.computeInstanceIds ?? present) {
        const inUse = device.processes.some(
          (process) =>
            process.gpuInstanceId === gpuInstanceId && (process.computeInstanceId ?? 0) === id,
        );
        if (inUse) {
          return failedAfter(lines, {
            step: step(gpuInstanceId, id),
            sum,
            error: migErrors.inUse,
          });
        }
        removeComputeInstance(device, gpuInstanceId, id);
        lines.push(
          `Successfully destroyed compute instance ID ${two(id)} from GPU ${two(
            device.index,
          )} GPU instance ID ${two(gpuInstanceId)}`,
        );
      }
    }
  }
  return lines.length === 0 ? nothing('compute instances') : allDone(lines);
};

import { findMigProfile, type MigProfile } from '../mig-profiles.ts';
import { modelOf, type MigFamily } from '../models.ts';
import type { Answer } from '../render/answer-types.ts';
import { migUuid } from '../identity.ts';
import type { SimulatedDevice, SimulatedMigInstance, Topology } from '../topology.ts';
import type { MigCommand } from './arguments.ts';
import { computeProfilesOf, computeSlicesOf, type ComputeProfile } from './compute-profiles.ts';
import { allDone, failedAfter, migErrors, type MigError } from './errors.ts';
import { byInstance, gpuInstancesOf, takenSlices } from './instances.ts';
import { automaticStart, gpuInstanceIdAt, possibleStarts, profileBy } from './placement.ts';

type Made<Value> = { readonly value: Value } | { readonly error: MigError };

const two = (value: number): string => String(value).padStart(2);

const hasOutsider = (device: SimulatedDevice): boolean =>
  device.processes.some(({ gpuInstanceId }) => gpuInstanceId === null);

const chooseStart = (
  device: SimulatedDevice,
  { family, profile }: { readonly family: MigFamily; readonly profile: MigProfile },
  asked: number | undefined,
): Made<number> => {
  const taken = takenSlices(device);
  const media = profile.name.endsWith('+me');
  const mediaTaken = device.migInstances.some((instance) => instance.profile.endsWith('+me'));
  if (media && mediaTaken) return { error: migErrors.insufficientResources };
  if (asked === undefined) {
    const start = automaticStart(family, profile, taken);
    return start === undefined ? { error: migErrors.insufficientResources } : { value: start };
  }
  if (!profile.starts.includes(asked)) return { error: migErrors.invalidArgument };
  return possibleStarts(profile, taken).includes(asked)
    ? { value: asked }
    : { error: migErrors.insufficientResources };
};

const createGpuInstance = (
  device: SimulatedDevice,
  word: string,
): Made<{ readonly instance: SimulatedMigInstance; readonly profile: MigProfile }> => {
  const family = modelOf(device.model).migFamily;
  const [, name = '', start] = /^(.+?)(?::(\d))?$/u.exec(word) ?? [];
  const profile = family === null ? undefined : profileBy(family, name);
  if (family === null || profile === undefined) return { error: migErrors.invalidArgument };
  if (hasOutsider(device)) return { error: migErrors.inUse };
  const asked = start === undefined ? undefined : Number(start);
  const placed = chooseStart(device, { family, profile }, asked);
  if ('error' in placed) return placed;
  const instance: SimulatedMigInstance = {
    profile: profile.name,
    gpuInstanceId: gpuInstanceIdAt(family, placed.value, profile.size),
    computeInstanceId: null,
    computeStart: 0,
    placement: { start: placed.value, size: profile.size },
    uuid: `MIG-${device.uuid}`,
    usedMemoryMiB: 0,
  };
  device.migInstances = [...device.migInstances, instance].toSorted(byInstance);
  return { value: { instance, profile } };
};

const freeComputeStart = (
  used: readonly { readonly start: number; readonly slices: number }[],
  wanted: ComputeProfile,
  total: number,
): number | undefined => {
  const taken = new Set(
    used.flatMap(({ start, slices }) => Array.from({ length: slices }, (_, n) => start + n)),
  );
  return Array.from({ length: total - wanted.computeSlices + 1 }, (_, start) => start).find(
    (start) =>
      Array.from({ length: wanted.computeSlices }, (_, n) => start + n).every(
        (slice) => !taken.has(slice),
      ),
  );
};

const createComputeInstance = (
  { driverVersion }: Topology,
  device: SimulatedDevice,
  request: { readonly gpuInstance: SimulatedMigInstance; readonly word: string | undefined },
): Made<{ readonly id: number; readonly profile: ComputeProfile }> => {
  const family = modelOf(device.model).migFamily;
  const { gpuInstance, word } = request;
  const instanceProfile = family === null ? undefined : findMigProfile(family, gpuInstance.profile);
  if (family === null || instanceProfile === undefined) {
    return { error: migErrors.invalidArgument };
  }
  const profiles = computeProfilesOf(family, instanceProfile);
  const profile =
    word === undefined
      ? profiles.at(-1)
      : profiles.find(({ id, name }) => [String(id), name, `MIG ${name}`].includes(word));
  if (profile === undefined) return { error: migErrors.invalidArgument };
  const { gpuInstanceId } = gpuInstance;
  const siblings = device.migInstances.filter(
    (other) => other.gpuInstanceId === gpuInstanceId && other.computeInstanceId !== null,
  );
  const used = siblings.map((other) => ({
    start: other.computeStart,
    slices: computeSlicesOf(other.profile, instanceProfile),
  }));
  const computeStart = freeComputeStart(used, profile, instanceProfile.computeSlices);
  if (computeStart === undefined) return { error: migErrors.insufficientResources };
  const ids = new Set(siblings.map(({ computeInstanceId }) => computeInstanceId));
  const id = [0, 1, 2, 3, 4, 5, 6].find((candidate) => !ids.has(candidate)) ?? 7;
  const uuid = migUuid({
    driverVersion,
    deviceUuid: device.uuid,
    gpuInstanceId,
    computeInstanceId: id,
  });
  const { placement } = gpuInstance;
  const made = { profile: profile.name, gpuInstanceId, computeInstanceId: id, computeStart };
  device.migInstances = [
    ...device.migInstances.filter(
      (other) => other.gpuInstanceId !== gpuInstanceId || other.computeInstanceId !== null,
    ),
    { ...made, placement: { ...placement }, uuid, usedMemoryMiB: 0 },
  ].toSorted(byInstance);
  return { value: { id, profile } };
};

const computeLine = (
  device: SimulatedDevice,
  gpuInstanceId: number,
  { id, profile }: { readonly id: number; readonly profile: ComputeProfile },
): string =>
  `Successfully created compute instance ID ${two(id)} on GPU ${two(device.index)} GPU instance ID ${two(
    gpuInstanceId,
  )} using profile MIG ${profile.name} (ID ${two(profile.id)})`;

const computeFailure = (
  device: SimulatedDevice,
  gpuInstanceId: number,
  { word, error }: { readonly word: string; readonly error: MigError },
) => ({
  step: `Unable to create a compute instance on GPU ${two(device.index)} GPU instance ID ${two(
    gpuInstanceId,
  )} using profile ${word}`,
  sum: 'Failed to create compute instances',
  error,
});

/**
 * `mig -cgi`: creates GPU instances on each of the devices, in the order of the list, by id, name or
 * `id:start`. Changes the topology; stops at the first that doesn't fit and leaves those before.
 */
export const createGpuInstances = (
  topology: Topology,
  devices: readonly SimulatedDevice[],
  command: MigCommand,
): Answer => {
  const lines: string[] = [];
  for (const device of devices) {
    for (const word of command.profiles) {
      const made = createGpuInstance(device, word);
      if ('error' in made) {
        return failedAfter(lines, {
          step: `Unable to create a GPU instance on GPU ${two(device.index)} using profile ${word}`,
          sum: 'Failed to create GPU instances',
          error: made.error,
        });
      }
      const { instance, profile } = made.value;
      lines.push(
        `Successfully created GPU instance ID ${two(instance.gpuInstanceId)} on GPU ${two(
          device.index,
        )} using profile MIG ${profile.name} (ID ${two(profile.id)})`,
      );
      if (!command.withComputeInstance) continue;
      const request = { gpuInstance: instance, word: undefined };
      const inside = createComputeInstance(topology, device, request);
      if ('error' in inside) {
        const failure = { word: profile.name, error: inside.error };
        return failedAfter(lines, computeFailure(device, instance.gpuInstanceId, failure));
      }
      lines.push(computeLine(device, instance.gpuInstanceId, inside.value));
    }
  }
  return allDone(lines);
};

/**
 * `mig -cci`: creates compute instances in each of the GPU instances that `-gi` names (all without
 * it); without a list one that covers the whole instance. Changes the topology.
 */
export const createComputeInstances = (
  topology: Topology,
  devices: readonly SimulatedDevice[],
  command: MigCommand,
): Answer => {
  const lines: string[] = [];
  const words = command.profiles.length === 0 ? [undefined] : command.profiles;
  for (const device of devices) {
    const wanted = gpuInstancesOf(device).filter(
      ({ gpuInstanceId }) => command.gpuInstanceIds?.includes(gpuInstanceId) ?? true,
    );
    for (const gpuInstance of wanted) {
      for (const word of words) {
        const made = createComputeInstance(topology, device, { gpuInstance, word });
        if ('error' in made) {
          const failure = { word: word ?? gpuInstance.profile, error: made.error };
          return failedAfter(lines, computeFailure(device, gpuInstance.gpuInstanceId, failure));
        }
        lines.push(computeLine(device, gpuInstance.gpuInstanceId, made.value));
      }
    }
  }
  return lines.length > 0
    ? allDone(lines)
    : { stdout: 'No GPU instances found: Not Found\n', exitCode: migErrors.notFound.exitCode };
};

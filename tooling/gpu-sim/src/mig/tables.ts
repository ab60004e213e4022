import { findMigProfile, memorySlices, migProfiles, type MigProfile } from '../mig-profiles.ts';
import { modelOf } from '../models.ts';
import { success, type Answer } from '../render/answer-types.ts';
import { generationOf } from '../render/generation.ts';
import { profileOf } from '../render/memory.ts';
import type { SimulatedDevice, SimulatedMigInstance, Topology } from '../topology.ts';
import { computeProfileOf, computeProfilesOf, computeSlicesOf } from './compute-profiles.ts';
import { migErrors } from './errors.ts';
import { gpuInstancesOf, migDevicesOf, takenSlices } from './instances.ts';

/** What a table is about: devices in MIG mode, and the GPU instances that `-gi` names. */
export interface TableRequest {
  readonly devices: readonly SimulatedDevice[];
  readonly gpuInstanceIds: readonly number[] | undefined;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const width = (head[0] ?? '').length;
  const rule = `+${'-'.repeat(width)}+`;
  const lines = [rule, ...head.map((line) => `|${line}|`), `|${'='.repeat(width)}|`];
  for (const row of rows) lines.push(...row.map((line) => `|${line.padEnd(width)}|`), rule);
  return `${lines.join('\n')}\n`;
};

const right = (value: string | number, width: number): string => String(value).padStart(width);

const tableOrder = (
  device: SimulatedDevice,
  instances: readonly SimulatedMigInstance[],
): SimulatedMigInstance[] =>
  instances.toSorted(
    (left, other) =>
      profileOf(device, left).computeSlices - profileOf(device, other).computeSlices ||
      left.gpuInstanceId - other.gpuInstanceId ||
      (left.computeInstanceId ?? 0) - (other.computeInstanceId ?? 0),
  );

const none = (title: string): Answer => ({
  stdout: `No ${title} found: ${migErrors.notFound.words}\n`,
  exitCode: migErrors.notFound.exitCode,
});

const wanted = (request: TableRequest, { gpuInstanceId }: SimulatedMigInstance): boolean =>
  request.gpuInstanceIds?.includes(gpuInstanceId) ?? true;

/** `nvidia-smi mig -lgi`: GPU instances with profile id, instance id and placement. */
export const renderGpuInstances = (topology: Topology, request: TableRequest): Answer => {
  const nameWidth = generationOf(topology.driverVersion).instanceNameWidth;
  const head = [
    ' GPU instances:'.padEnd(nameWidth + 36),
    ` GPU   Name${' '.repeat(nameWidth - 6)}Profile  Instance   Placement  `,
    `${' '.repeat(nameWidth + 7)}ID       ID       Start:Size `,
  ];
  const rows = request.devices.flatMap((device) =>
    tableOrder(device, gpuInstancesOf(device))
      .filter((instance) => wanted(request, instance))
      .map((instance) => {
        const { name, id } = profileOf(device, instance);
        const { start, size } = instance.placement;
        return [
          ` ${right(device.index, 3)}  MIG ${name.padEnd(nameWidth - 5)}${right(id, 4)}${right(
            instance.gpuInstanceId,
            9,
          )}${right(start, 11)}:${size}`,
        ];
      }),
  );
  return rows.length === 0 ? none('GPU instances') : success(table(head, rows));
};

/** Size that the placement column shows: a whole instance has the memory slices of its GPU instance. */
const computeSize = (device: SimulatedDevice, instance: SimulatedMigInstance): number => {
  const profile = profileOf(device, instance);
  const slices = computeSlicesOf(instance.profile, profile);
  return slices === profile.computeSlices ? instance.placement.size : slices;
};

/** `nvidia-smi mig -lci`: compute instances. */
export const renderComputeInstances = (_topology: Topology, request: TableRequest): Answer => {
  const head = [
    ' Compute instances:                                                 ',
    ' GPU     GPU       Name             Profile   Instance   Placement  ',
    '       Instance                       ID        ID       Start:Size ',
    '         ID                                                         ',
  ];
  const rows = request.devices.flatMap((device) =>
    tableOrder(device, migDevicesOf(device))
      .filter((instance) => wanted(request, instance))
      .map((instance) => [
        ` ${right(device.index, 3)}${right(instance.gpuInstanceId, 7)}       MIG ${instance.profile.padEnd(
          14,
        )}${right(computeProfileOf(device, instance)?.id ?? 0, 4)}${right(
          instance.computeInstanceId ?? 0,
          10,
        )}          ${instance.computeStart}:${computeSize(device, instance)}`,
      ]),
  );
  return rows.length === 0 ? none('compute instances') : success(table(head, rows));
};

/**
 * GiB with two decimals as C's printf rounds them, ties to the even digit: recorded are 9.62 for
 * 9856 MiB (9.625) and 11.69 for 11968 MiB (11.6875).
 */
const gibibytes = (memoryMiB: number): string => {
  const exact = (memoryMiB * 100) / 1024;
  const below = Math.floor(exact);
  const rest = exact - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
  return ((below + (up ? 1 : 0)) / 100).toFixed(2);
};

const creatable = (device: SimulatedDevice, profile: MigProfile): number => {
  const family = modelOf(device.model).migFamily;
  const total = family === null ? 0 : memorySlices(family);
  const taken = takenSlices(device);
  const mediaTaken = device.migInstances.some((instance) => instance.profile.endsWith('+me'));
  if (profile.name.endsWith('+me') && mediaTaken) return 0;
  let possible = 0;
  for (const start of profile.starts) {
    const slices = Array.from({ length: profile.size }, (_, offset) => start + offset);
    if (start + profile.size > total || slices.some((slice) => taken.has(slice))) continue;
    for (const slice of slices) taken.add(slice);
    possible += 1;
  }
  return Math.min(possible, profile.maxInstances);
};

const profileRow = (
  device: SimulatedDevice,
  profile: MigProfile,
  nameWidth: number,
): readonly string[] => {
  const free = creatable(device, profile);
  const memory = gibibytes(profile.memoryMiB).padEnd(11);
  const multiprocessors = String(profile.multiprocessors).padEnd(7);
  return [
    ` ${right(device.index, 3)}  MIG ${profile.name.padEnd(nameWidth - 5)}${right(
      profile.id,
      2,
    )}     ${free}/${profile.maxInstances}        ${memory}No     ${multiprocessors}${profile.decoders}     0   `,
    `${' '.repeat(nameWidth + 42)}${profile.copyEngines}     ${profile.jpegEngines}     ${profile.opticalFlowEngines}   `,
  ];
};

const profilesOf = (device: SimulatedDevice): readonly MigProfile[] => {
  const family = modelOf(device.model).migFamily;
  return family === null ? [] : migProfiles[family];
};

/** `nvidia-smi mig -lgip`: profiles, how many more of each fit now, and their resources. */
export const renderGpuInstanceProfiles = (topology: Topology, request: TableRequest): Answer => {
  const nameWidth = generationOf(topology.driverVersion).instanceNameWidth;
  const wider = ' '.repeat(nameWidth - 19);
  const head = [
    ` GPU instance profiles:${wider}                                                      `,
    ` GPU   Name             ${wider}ID    Instances   Memory     P2P    SM    DEC   ENC  `,
    `                        ${wider}      Free/Total   GiB              CE    JPEG  OFA  `,
  ];
  const rows = request.devices.flatMap((device) =>
    profilesOf(device).map((profile) => profileRow(device, profile, nameWidth)),
  );
  return success(table(head, rows));
};

/** `nvidia-smi mig -lgipp`: where each profile may be placed. */
export const renderPlacements = (_topology: Topology, request: TableRequest): Answer =>
  success(
    request.devices
      .flatMap((device) =>
        profilesOf(device).map((profile) => {
          const word = profile.starts.length === 1 ? 'Placement ' : 'Placements';
          return `GPU ${right(device.index, 2)} Profile ID ${right(profile.id, 2)} ${word}: {${profile.starts.join(
            ',',
          )}}:${profile.size}\n`;
        }),
      )
      .join(''),
  );

const computeProfileRows = (
  device: SimulatedDevice,
  instance: SimulatedMigInstance,
): (readonly string[])[] => {
  const { migFamily } = modelOf(device.model);
  const name = instance.profile.replace(/^\d+c\./u, '');
  const whole = migFamily === null ? undefined : findMigProfile(migFamily, name);
  if (migFamily === null || whole === undefined) return [];
  const used = migDevicesOf(device)
    .filter(({ gpuInstanceId }) => gpuInstanceId === instance.gpuInstanceId)
    .reduce((sum, { profile }) => sum + computeSlicesOf(profile, whole), 0);
  return computeProfilesOf(migFamily, whole).map((profile, position, all) => {
    const free = Math.floor((whole.computeSlices - used) / profile.computeSlices);
    const mark = position === all.length - 1 ? '*' : ' ';
    return [
      ` ${right(device.index, 3)}${right(instance.gpuInstanceId, 7)}       MIG ${profile.name.padEnd(
        14,
      )}${right(profile.id, 4)}${mark}     ${free}/${profile.maxInstances}${right(
        profile.multiprocessors,
        13,
      )}${right(whole.decoders, 9)}     0${right(whole.opticalFlowEngines, 6)}`,
      `${' '.repeat(70)}${whole.copyEngines}${right(whole.jpegEngines, 6)}`,
    ];
  });
};

/** `nvidia-smi mig -lcip`: how each GPU instance can be used; `*` marks the default. */
export const renderComputeProfiles = (_topology: Topology, request: TableRequest): Answer => {
  const head = [
    ' Compute instance profiles:                                                           ',
    ' GPU     GPU       Name             Profile  Instances   Exclusive       Shared       ',
    '       Instance                       ID     Free/Total     SM       DEC   ENC   OFA  ',
    '         ID                                                          CE    JPEG       ',
  ];
  const rows = request.devices.flatMap((device) =>
    gpuInstancesOf(device)
      .filter((instance) => wanted(request, instance))
      .flatMap((instance) => computeProfileRows(device, instance)),
  );
  return rows.length === 0 ? none('GPU instances') : success(table(head, rows));
};

import { migProfiles, memorySlices, type MigProfile } from '../mig-profiles.ts';
import { modelOf } from '../models.ts';
import type { SimulatedDevice, SimulatedMigInstance, Topology } from '../topology.ts';
import { exitCodes, success, type Answer } from './answer-types.ts';
import { generationOf } from './generation.ts';
import { profileOf } from './memory.ts';

const noMigDevices: Answer = {
  stdout: 'No MIG-enabled devices found.\n',
  exitCode: exitCodes.noDevices,
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const width = (head[0] ?? '').length;
  const rule = `+${'-'.repeat(width)}+`;
  const lines = [rule, ...head.map((line) => `|${line}|`), `|${'='.repeat(width)}|`];
  for (const row of rows) lines.push(...row.map((line) => `|${line.padEnd(width)}|`), rule);
  return `${lines.join('\n')}\n`;
};

const migDevices = (topology: Topology): SimulatedDevice[] =>
  topology.devices.filter((device) => device.migMode === 'enabled' && !device.health.lost);

const tableOrder = (device: SimulatedDevice): SimulatedMigInstance[] =>
  device.migInstances.toSorted(
    (left, right) =>
      profileOf(device, left).computeSlices - profileOf(device, right).computeSlices ||
      left.gpuInstanceId - right.gpuInstanceId ||
      left.computeInstanceId - right.computeInstanceId,
  );

const emptyTable = (title: string): Answer => ({
  stdout: `No ${title} found: Not Found\n`,
  exitCode: exitCodes.noDevices,
});

/** `nvidia-smi mig -lgi`: GPU instances with profile id, instance id and placement. */
export const renderGpuInstances = (topology: Topology): Answer => {
  const devices = migDevices(topology);
  if (devices.length === 0) return noMigDevices;
  const nameWidth = generationOf(topology.driverVersion).instanceNameWidth;
  const head = [
    ' GPU instances:'.padEnd(nameWidth + 36),
    ` GPU   Name${' '.repeat(nameWidth - 6)}Profile  Instance   Placement  `,
    `${' '.repeat(nameWidth + 7)}ID       ID       Start:Size `,
  ];
  const rows = devices.flatMap((device) =>
    tableOrder(device)
      .filter((instance) => instance.computeInstanceId === 0)
      .map((instance) => [
        ` ${String(device.index).padStart(3)}  MIG ${profileOf(device, instance).name.padEnd(
          nameWidth - 5,
        )}${String(profileOf(device, instance).id).padStart(4)}${String(
          instance.gpuInstanceId,
        ).padStart(9)}${String(instance.placement.start).padStart(11)}:${instance.placement.size}`,
      ]),
  );
  return rows.length === 0 ? emptyTable('GPU instances') : success(table(head, rows));
};

const computeProfileIds = new Map([
  [1, 0],
  [2, 1],
  [3, 2],
  [4, 3],
  [7, 4],
]);

/** `nvidia-smi mig -lci`: compute instances; each here covers its whole GPU instance. */
export const renderComputeInstances = (topology: Topology): Answer => {
  const devices = migDevices(topology);
  if (devices.length === 0) return noMigDevices;
  const head = [
    ' Compute instances:                                                 ',
    ' GPU     GPU       Name             Profile   Instance   Placement  ',
    '       Instance                       ID        ID       Start:Size ',
    '         ID                                                         ',
  ];
  const rows = devices.flatMap((device) =>
    tableOrder(device).map((instance) => [
      ` ${String(device.index).padStart(3)}${String(instance.gpuInstanceId).padStart(7)}       MIG ${instance.profile.padEnd(
        14,
      )}${String(computeProfileIds.get(profileOf(device, instance).computeSlices) ?? 0).padStart(
        4,
      )}${String(instance.computeInstanceId).padStart(10)}          0:${instance.placement.size}`,
    ]),
  );
  return rows.length === 0 ? emptyTable('compute instances') : success(table(head, rows));
};

/** GiB with two decimals, cut and not rounded: 9856 MiB is printed as 9.62. */
const gibibytes = (memoryMiB: number): string =>
  (Math.floor((memoryMiB * 100) / 1024) / 100).toFixed(2);

const creatable = (device: SimulatedDevice, profile: MigProfile): number => {
  const family = modelOf(device.model).migFamily;
  const total = family === null ? 0 : memorySlices(family);
  const taken = new Set(
    device.migInstances.flatMap(({ placement }) =>
      Array.from({ length: placement.size }, (_, offset) => placement.start + offset),
    ),
  );
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

const profileRow = (device: SimulatedDevice, profile: MigProfile): string[] => {
  const index = String(device.index).padStart(3);
  const id = String(profile.id).padStart(2);
  const free = creatable(device, profile);
  const memory = gibibytes(profile.memoryMiB).padEnd(11);
  const multiprocessors = String(profile.multiprocessors).padEnd(7);
  return [
    ` ${index}  MIG ${profile.name.padEnd(14)}${id}     ${free}/${profile.maxInstances}        ${memory}No     ${multiprocessors}${profile.decoders}     0   `,
    `${' '.repeat(61)}${profile.copyEngines}     ${profile.jpegEngines}     ${profile.opticalFlowEngines}   `,
  ];
};

/** `nvidia-smi mig -lgip`: profiles, how many more of each fit now, and their resources. */
export const renderGpuInstanceProfiles = (topology: Topology): Answer => {
  const devices = migDevices(topology);
  if (devices.length === 0) return noMigDevices;
  const head = [
    ' GPU instance profiles:                                                      ',
    ' GPU   Name             ID    Instances   Memory     P2P    SM    DEC   ENC  ',
    '                              Free/Total   GiB              CE    JPEG  OFA  ',
  ];
  const rows = devices.flatMap((device) => {
    const family = modelOf(device.model).migFamily;
    return family === null ? [] : migProfiles[family].map((profile) => profileRow(device, profile));
  });
  return success(table(head, rows));
};

/** `nvidia-smi mig -lgipp`: where each profile may be placed. */
export const renderPlacements = (topology: Topology): Answer => {
  const devices = migDevices(topology);
  if (devices.length === 0) return noMigDevices;
  const lines = devices.flatMap((device) => {
    const family = modelOf(device.model).migFamily;
    const profiles = family === null ? [] : migProfiles[family];
    return profiles.map((profile) => {
      const word = profile.starts.length === 1 ? 'Placement ' : 'Placements';
      return `GPU ${String(device.index).padStart(2)} Profile ID ${String(profile.id).padStart(
        2,
      )} ${word}: {${profile.starts.join(',')}}:${profile.size}\n`;
    });
  });
  return success(lines.join(''));
};

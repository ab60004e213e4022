import type { SimulatedDevice, SimulatedMigInstance, Topology } from '../topology.ts';
import { modelOf } from '../models.ts';
import { computeProfileOf } from '../mig/compute-profiles.ts';
import { migDevicesOf } from '../mig/instances.ts';
import { noDevices, type Answer } from './answer-types.ts';
import { generationOf, type Generation } from './generation.ts';
import { eachDevice, hasNoHandle } from './lost.ts';
import { deviceMemory, instanceBar1MiB, instanceMemory, profileOf } from './memory.ts';
import { productName } from './product-name.ts';
import type { Timestamps } from './timestamps.ts';

const wideRule = `+${'-'.repeat(89)}+`;
const columnRule = `${'-'.repeat(41)}+${'-'.repeat(24)}+${'-'.repeat(22)}+`;
const migRule = `+${'-'.repeat(18)}+${'-'.repeat(34)}+${'-'.repeat(11)}+${'-'.repeat(23)}+`;

const left = (text: string, width: number): string => text.slice(0, width).padEnd(width);
const right = (text: string | number, width: number): string => String(text).padStart(width);
const mebibytes = (value: number, width: number): string => `${right(value, width - 3)}MiB`;

const headLines = (topology: Topology, generation: Generation): string[] => [
  wideRule,
  `| NVIDIA-SMI ${left(topology.driverVersion, 22)} Driver Version: ${left(
    topology.driverVersion,
    14,
  )} CUDA Version: ${left(topology.cudaVersion, 9)}|`,
  `${generation.headRule}${columnRule}`,
  '| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |',
  '| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |',
  '|                                         |                        |               MIG M. |',
  `|${'='.repeat(41)}+${'='.repeat(24)}+${'='.repeat(22)}|`,
];

const migModeWord = { enabled: 'Enabled', disabled: 'Disabled', unsupported: 'N/A' } as const;

const deviceLines = (device: SimulatedDevice, topology: Topology): string[] => {
  const memory = deviceMemory(device);
  const model = modelOf(device.model);
  const partitioned = device.migMode === 'enabled';
  const usage =
    partitioned || device.utilization === null ? 'N/A' : `${device.utilization.gpuPercent}%`;
  return [
    `| ${right(device.index, 3)}  ${left(productName(device, topology), 30)} On  |   ${device.pciBusId} Off | ${right(
      partitioned ? 'On' : device.health.ecc.volatileUncorrected,
      20,
    )} |`,
    `| N/A  ${right(device.temperatureC, 3)}C    P0    ${right(
      `${Math.floor(device.powerDrawW)}W`,
      12,
    )} / ${right(`${model.powerLimitW}W`, 5)} | ${mebibytes(memory.usedMiB, 10)} / ${mebibytes(
      memory.totalMiB,
      9,
    )} | ${right(usage, 7)}      Default |`,
    `|${' '.repeat(41)}|${' '.repeat(24)}| ${right(migModeWord[device.migMode], 20)} |`,
    `+${columnRule}`,
  ];
};

const migHead = (generation: Generation): string[] => [
  wideRule,
  `| MIG devices:${' '.repeat(76)}|`,
  migRule,
  generation.sharedMigColumns
    ? '| GPU  GI  CI  MIG |              Shared Memory-Usage |        Vol|        Shared         |'
    : '| GPU  GI  CI  MIG |                     Memory-Usage |        Vol|      Shared           |',
  generation.sharedMigColumns
    ? '|      ID  ID  Dev |                Shared BAR1-Usage | SM     Unc| CE ENC  DEC  OFA  JPG |'
    : '|      ID  ID  Dev |                       BAR1-Usage | SM     Unc| CE ENC DEC OFA JPG    |',
  '|                  |                                  |        ECC|                       |',
  `|${'='.repeat(18)}+${'='.repeat(34)}+${'='.repeat(11)}+${'='.repeat(23)}|`,
];

interface MigRow {
  readonly device: SimulatedDevice;
  readonly instance: SimulatedMigInstance;
  readonly migIndex: number;
  readonly generation: Generation;
}

const migLines = ({ device, instance, migIndex, generation }: MigRow): string[] => {
  const memory = instanceMemory(device, instance);
  const profile = profileOf(device, instance);
  const bar1 = mebibytes(instanceBar1MiB(device, instance), 8);
  const ids = `${right(device.index, 3)} ${right(instance.gpuInstanceId, 4)} ${right(
    instance.computeInstanceId ?? 0,
    3,
  )} ${right(migIndex, 3)}`;
  const engines = [profile.decoders, profile.opticalFlowEngines, profile.jpegEngines]
    .map((count) => right(count, 5))
    .join('');
  return [
    `|${ids}  |${mebibytes(memory.usedMiB, 19)} / ${mebibytes(memory.totalMiB, 8)}    |${right(
      computeProfileOf(device, instance)?.multiprocessors ?? profile.multiprocessors,
      3,
    )}      0 |${left(`${right(profile.copyEngines, 3)}   0${engines}`, 23)}|`,
    `|${' '.repeat(18)}|${left(
      `${mebibytes(0, generation.sharedMigColumns ? 19 : 21)} / ${bar1}`,
      34,
    )}|${' '.repeat(11)}|${' '.repeat(23)}|`,
    migRule,
  ];
};

const migSection = (topology: Topology, generation: Generation): string[] => {
  const partitioned = topology.devices.filter((device) => device.migMode === 'enabled');
  if (partitioned.length === 0) return [];
  const rows = partitioned.flatMap((device) =>
    migDevicesOf(device).flatMap((instance, migIndex) =>
      migLines({ device, instance, migIndex, generation }),
    ),
  );
  const none = [`|  No MIG devices found${' '.repeat(67)}|`, wideRule];
  return [...migHead(generation), ...(rows.length === 0 ? none : rows), ''];
};

/** Ids are centred in their column, `N/A` fills it. */
const idCell = (id: number | null, width: number): string =>
  id === null ? right('N/A', width) : `${right(id, width - 1)} `;

const processSection = (topology: Topology): string[] => {
  const rows = topology.devices.flatMap((device) =>
    device.processes.map(
      (process) =>
        `| ${right(device.index, 4)}${idCell(process.gpuInstanceId, 6)}${idCell(
          process.computeInstanceId,
          5,
        )}${right(process.pid, 16)}${right(process.type, 7)}   ${left(
          process.name,
          35,
        )} ${mebibytes(process.usedMemoryMiB, 10)} |`,
    ),
  );
  return [
    wideRule,
    '| Processes:                                                                              |',
    '|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |',
    '|        ID   ID                                                               Usage      |',
    `|${'='.repeat(89)}|`,
    ...(rows.length === 0 ? [`|  No running processes found${' '.repeat(61)}|`] : rows),
    wideRule,
  ];
};

/**
 * `nvidia-smi` without arguments. A GPU without a handle is told of above the table; drivers before
 * R545 print nothing else then.
 */
export const renderTable = (topology: Topology, timestamps: Timestamps): Answer => {
  const notices = eachDevice(topology, () => '');
  if (notices.ended) return { stdout: notices.text, exitCode: notices.exitCode };
  const reachable = {
    ...topology,
    devices: topology.devices.filter((device) => !hasNoHandle(device)),
  };
  if (reachable.devices.length === 0) {
    return { stdout: `${notices.text}${noDevices.stdout}`, exitCode: notices.exitCode };
  }
  const generation = generationOf(topology.driverVersion);
  const lines = [
    `${timestamps.long}       `,
    ...headLines(topology, generation),
    ...reachable.devices.flatMap((device) => deviceLines(device, topology)),
    '',
    ...migSection(reachable, generation),
    ...processSection(reachable),
  ];
  return { stdout: `${notices.text}${lines.join('\n')}\n`, exitCode: notices.exitCode };
};

import type { SimulatedDevice, SimulatedMigInstance, Topology } from '../topology.ts';
import { modelOf } from '../models.ts';
import { exitCodes, success, type Answer } from './answer-types.ts';
import { generationOf, type Generation } from './generation.ts';
import { lostDeviceLine } from './list.ts';
import { deviceMemory, instanceBar1MiB, instanceMemory, profileOf } from './memory.ts';
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

const deviceLines = (device: SimulatedDevice): string[] => {
  const memory = deviceMemory(device);
  const model = modelOf(device.model);
  const partitioned = device.migMode === 'enabled';
  const usage = partitioned || device.utilization === null ? 'N/A' : `${device.utilization.gpuPercent}%`;
  return [
    `| ${right(device.index, 3)}  ${left(device.model, 31)} On  |   ${device.pciBusId} Off | ${right(
      partitioned ? 'On' : '0',
      20,
    )} |`,
    `| N/A  ${right(device.temperatureC, 3)}C    P0    ${right(
      `${Math.floor(device.powerDrawW)}W`,
      11,
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

const migLines = (
  device: SimulatedDevice,
  instance: SimulatedMigInstance,
  migIndex: number,
): string[] => {
  const memory = instanceMemory(device, instance);
  const profile = profileOf(device, instance);
  const ids = `${right(device.index, 3)} ${right(instance.gpuInstanceId, 4)} ${right(
    instance.computeInstanceId,
    3,
  )} ${right(migIndex, 3)}`;
  const engines = `${right(profile.copyEngines, 3)}   0  ${right(profile.decoders, 3)}  ${right(
    profile.opticalFlowEngines,
    3,
  )}  ${right(profile.jpegEngines, 3)} `;
  return [
    `|${ids}  |${mebibytes(memory.usedMiB, 20)} / ${mebibytes(memory.totalMiB, 8)}   |${right(
      profile.multiprocessors,
      3,
    )}      0 |${left(engines, 23)}|`,
    `|${' '.repeat(18)}|${mebibytes(0, 20)} / ${mebibytes(
      instanceBar1MiB(device, instance),
      8,
    )}   |${' '.repeat(11)}|${' '.repeat(23)}|`,
    migRule,
  ];
};

const migSection = (topology: Topology, generation: Generation): string[] => {
  const partitioned = topology.devices.filter((device) => device.migMode === 'enabled');
  if (partitioned.length === 0) return [];
  const rows = partitioned.flatMap((device) =>
    device.migInstances.flatMap((instance, index) => migLines(device, instance, index)),
  );
  const none = [`|  No MIG devices found${' '.repeat(67)}|`, wideRule];
  return [...migHead(generation), ...(rows.length === 0 ? none : rows), ''];
};

const processSection = (topology: Topology): string[] => {
  const rows = topology.devices.flatMap((device) =>
    device.processes.map(
      (process) =>
        `| ${right(device.index, 4)} ${right(process.gpuInstanceId ?? 'N/A', 5)} ${right(
          process.computeInstanceId ?? 'N/A',
          4,
        )} ${right(process.pid, 16)} ${right(process.type, 6)}   ${left(
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

/** `nvidia-smi` without arguments. One lost GPU makes the whole call fail, as in the real tool. */
export const renderTable = (topology: Topology, timestamps: Timestamps): Answer => {
  const lost = topology.devices.find((device) => device.health.lost);
  if (lost !== undefined) return { stdout: lostDeviceLine(lost), exitCode: exitCodes.gpuLost };
  const generation = generationOf(topology.driverVersion);
  const lines = [
    `${timestamps.long}       `,
    ...headLines(topology, generation),
    ...topology.devices.flatMap(deviceLines),
    '',
    ...migSection(topology, generation),
    ...processSection(topology),
  ];
  return success(`${lines.join('\n')}\n`);
};

import type { Topology } from '../topology.ts';
import type { Answer } from './answer-types.ts';
import { generationOf } from './generation.ts';
import { eachDevice } from './lost.ts';
import { labelOf, leftOut } from './text-labels.ts';
import type { Timestamps } from './timestamps.ts';
import { deviceNode } from './xml.ts';
import type { XmlNode } from './xml-node.ts';

const valueColumn = 55;
/** Lines about processes are narrower. */
const processValueColumn = 42;

const line = (label: string, value: string | number, depth: number, column = valueColumn): string =>
  `${`${'    '.repeat(depth)}${label}`.padEnd(column)}: ${value}`;

/** Values that the document has without the `0x` of the text. */
const hexadecimal: ReadonlySet<string> = new Set([
  'pci_bus',
  'pci_device',
  'pci_domain',
  'pci_device_id',
  'pci_sub_system_id',
]);

/** Reasons that belong to the one before them. */
const isPartOfSlowdown = (name: string): boolean =>
  /_reason_hw_(?:thermal|power_brake)_slowdown$/u.test(name);

const processLines = (children: readonly XmlNode[]): string[] =>
  children.flatMap(([, fields]) =>
    typeof fields !== 'object'
      ? []
      : fields.flatMap(([name, value]) => {
          if (typeof value === 'object') return [];
          const label = labelOf(name).replace(' Instance ', ' instance ');
          const depth = ['type', 'process_name', 'used_memory'].includes(name) ? 3 : 2;
          return [line(label, value, depth, processValueColumn)];
        }),
  );

const nodeLines = ([name, content]: XmlNode, depth: number): string[] => {
  if (leftOut.has(name) || (name === 'mig_devices' && typeof content !== 'object')) return [];
  if (typeof content !== 'object') {
    const inset = isPartOfSlowdown(name) ? 1 : 0;
    const value = hexadecimal.has(name) ? `0x${content}` : content;
    return [line(labelOf(name), value, depth + inset)];
  }
  if (name === 'mig_devices') return content.flatMap((child) => nodeLines(child, depth));
  if (name === 'processes' && content.length === 0) return [line('Processes', 'None', depth)];
  const heading = `${'    '.repeat(depth)}${labelOf(name)}`;
  if (name === 'processes') return [heading, ...processLines(content)];
  const retired = content.find(([child]) => child === 'retired_count')?.[1];
  if (retired !== undefined && typeof retired !== 'object') {
    return [line(labelOf(name), retired, depth)];
  }
  return [heading, ...content.flatMap((child) => nodeLines(child, depth + 1))];
};

/** Since R580 the memory of MIG devices, one step deeper than the GPU's, is headed as shared. */
const withSharedMemory = (text: string): string =>
  text
    .replaceAll(/^ {8}FB Memory Usage$/gmu, '        Shared FB Memory Usage')
    .replaceAll(/^ {8}BAR1 Memory Usage$/gmu, '        Shared BAR1 Memory');

/** `nvidia-smi -q`: what the document of `-q -x` says, as text for people. */
export const renderText = (
  topology: Topology,
  timestamps: Timestamps,
  attachedCount: number,
): Answer => {
  const { sharedMigColumns } = generationOf(topology.driverVersion);
  const devices = eachDevice(topology, (device) => {
    const [, content] = deviceNode(device, topology);
    const lines = typeof content === 'object' ? content.flatMap((node) => nodeLines(node, 1)) : [];
    const text = `GPU ${device.pciBusId}\n${lines.map((each) => `${each}\n`).join('')}\n`;
    return sharedMigColumns ? withSharedMemory(text) : text;
  });
  if (devices.ended)
    return { stdout: eachDevice(topology, () => '').text, exitCode: devices.exitCode };
  const head = [
    '',
    '==============NVSMI LOG==============',
    '',
    line('Timestamp', timestamps.long, 0),
    line('Driver Version', topology.driverVersion, 0),
    line('CUDA Version', topology.cudaVersion, 0),
    '',
    line('Attached GPUs', attachedCount, 0),
  ];
  return { stdout: `${head.join('\n')}\n${devices.text}`, exitCode: devices.exitCode };
};

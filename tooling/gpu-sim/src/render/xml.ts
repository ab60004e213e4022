import type { SimulatedDevice, Topology } from '../topology.ts';
import type { Answer } from './answer-types.ts';
import { generationOf } from './generation.ts';
import { eachDevice, readsAsLost } from './lost.ts';
import type { Timestamps } from './timestamps.ts';
import { clockReasonNodes, sensorNodes } from './xml-sensors.ts';
import { healthNodes } from './xml-health.ts';
import { identityNodes, pciNode, processNodes, usageNodes } from './xml-device.ts';
import { xmlLines, type XmlNode } from './xml-node.ts';

const lostValue = 'GPU is lost';
const keptWhenLost = new Set(['pci_bus', 'pci_device', 'pci_domain', 'pci_bus_id', 'minor_number']);

const asLost = ([name, content]: XmlNode): XmlNode => {
  if (typeof content === 'object') return [name, content.map(asLost)];
  return [name, keptWhenLost.has(name) ? content : lostValue];
};

/** What is measured, and so fails first. */
const measured = new Set([
  'performance_state',
  'utilization',
  'temperature',
  'power_readings',
  'gpu_power_readings',
  'clocks',
]);

const withText = ([name, content]: XmlNode, text: string): XmlNode =>
  typeof content === 'object'
    ? [name, content.map((child) => withText(child, text))]
    : [name, text];

/** The `<gpu>` element of a device that has a handle. */
export const deviceNode = (device: SimulatedDevice, topology: Topology): XmlNode => {
  const generation = generationOf(topology.driverVersion);
  const content: XmlNode[] = [
    ...identityNodes(device, topology),
    pciNode(device, generation),
    ['fan_speed', 'N/A'],
    ['performance_state', 'P0'],
    ...clockReasonNodes(generation),
    ...usageNodes(device, generation),
    ...healthNodes(device, generation),
    ...sensorNodes(device, generation),
    ...processNodes(device),
  ];
  const name = `gpu id="${device.pciBusId}"`;
  if (readsAsLost(device)) return [name, content.map(asLost)];
  const { brokenFigures } = device.health;
  if (brokenFigures === null) return [name, content];
  return [
    name,
    content.map((node) => (measured.has(node[0]) ? withText(node, brokenFigures) : node)),
  ];
};

/**
 * `nvidia-smi -q -x`: elements of the driver's document type that an inventory can use.
 * `attachedCount` is the number on the host, which stays the same under `-i`. A GPU without a handle
 * is a line of text between the elements; drivers before R545 print nothing else then.
 */
export const renderXml = (
  topology: Topology,
  timestamps: Timestamps,
  attachedCount = topology.devices.length,
): Answer => {
  const devices = eachDevice(topology, (device) =>
    xmlLines(deviceNode(device, topology), 1)
      .map((line) => `${line}\n`)
      .join(''),
  );
  if (devices.ended)
    return { stdout: eachDevice(topology, () => '').text, exitCode: devices.exitCode };
  const head: XmlNode[] = [
    ['timestamp', timestamps.long],
    ['driver_version', topology.driverVersion],
    ['cuda_version', topology.cudaVersion],
    ['attached_gpus', attachedCount],
  ];
  const stdout = [
    '<?xml version="1.0" ?>',
    `<!DOCTYPE nvidia_smi_log SYSTEM "${generationOf(topology.driverVersion).documentType}">`,
    '<nvidia_smi_log>',
    ...head.flatMap((node) => xmlLines(node, 1)),
    `${devices.text}`,
    '</nvidia_smi_log>',
    '',
  ].join('\n');
  return { stdout, exitCode: devices.exitCode };
};

import type { SimulatedDevice, Topology } from '../topology.ts';
import { generationOf } from './generation.ts';
import type { Timestamps } from './timestamps.ts';
import {
  healthNodes,
  identityNodes,
  pciNode,
  processNodes,
  sensorNodes,
  usageNodes,
} from './xml-device.ts';
import { xmlLines, type XmlNode } from './xml-node.ts';

const lostValue = 'GPU is lost';
const keptWhenLost = new Set(['pci_bus', 'pci_device', 'pci_domain', 'pci_bus_id', 'minor_number']);

const asLost = ([name, content]: XmlNode): XmlNode => {
  if (typeof content === 'object') return [name, content.map(asLost)];
  return [name, keptWhenLost.has(name) ? content : lostValue];
};

const deviceNode = (device: SimulatedDevice, topology: Topology): XmlNode => {
  const content: XmlNode[] = [
    ...identityNodes(device, topology),
    pciNode(device),
    ['fan_speed', 'N/A'],
    ['performance_state', 'P0'],
    ...usageNodes(device),
    ...healthNodes(device),
    ...sensorNodes(device, generationOf(topology.driverVersion)),
    ...processNodes(device),
  ];
  const name = `gpu id="${device.pciBusId}"`;
  return [name, device.health.lost ? content.map(asLost) : content];
};

/**
 * `nvidia-smi -q -x`: elements of the v12 generation that an inventory can use. `attachedCount` is
 * the number on the host, which stays the same under `-i`.
 */
export const renderXml = (
  topology: Topology,
  timestamps: Timestamps,
  attachedCount = topology.devices.length,
): string => {
  const head: XmlNode[] = [
    ['timestamp', timestamps.long],
    ['driver_version', topology.driverVersion],
    ['cuda_version', topology.cudaVersion],
    ['attached_gpus', attachedCount],
  ];
  return [
    '<?xml version="1.0" ?>',
    `<!DOCTYPE nvidia_smi_log SYSTEM "${generationOf(topology.driverVersion).documentType}">`,
    '<nvidia_smi_log>',
    ...head.flatMap((node) => xmlLines(node, 1)),
    ...topology.devices.flatMap((device) => xmlLines(deviceNode(device, topology), 1)),
    '',
    '</nvidia_smi_log>',
    '',
  ].join('\n');
};

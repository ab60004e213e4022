import type { SimulatedDevice, Topology } from '../topology.ts';

const legend = `
Legend:

  X    = Self
  SYS  = Connection traversing PCIe as well as the SMP interconnect between NUMA nodes (e.g., QPI/UPI)
  NODE = Connection traversing PCIe as well as the interconnect between PCIe Host Bridges within a NUMA node
  PHB  = Connection traversing PCIe as well as a PCIe Host Bridge (typically the CPU)
  PXB  = Connection traversing multiple PCIe bridges (without traversing the PCIe Host Bridge)
  PIX  = Connection traversing at most a single PCIe bridge
  NV#  = Connection traversing a bonded set of # NVLinks
`;

const connection = (from: SimulatedDevice, to: SimulatedDevice): string => {
  if (from.index === to.index) return ' X ';
  const link = from.nvlinks.find((candidate) => candidate.peerIndex === to.index);
  if (link !== undefined && from.migMode !== 'enabled' && to.migMode !== 'enabled') {
    return `NV${link.links}`;
  }
  const shared = (part: keyof SimulatedDevice['pcie']): boolean =>
    from.pcie[part] !== null && from.pcie[part] === to.pcie[part];
  if (shared('switch')) return 'PIX';
  if (shared('root')) return 'PXB';
  if (shared('hostBridge')) return 'PHB';
  return from.numaNode === to.numaNode ? 'NODE' : 'SYS';
};

const row = (devices: readonly SimulatedDevice[], device: SimulatedDevice): string =>
  [
    `GPU${device.index}`,
    ...devices.map((other) => connection(device, other)),
    device.cpuAffinity,
    String(device.numaNode),
    '',
    'N/A',
  ].join('\t');

/** `nvidia-smi topo -m` of the GPUs that are there. The head is underlined with terminal codes, as the real tool does always. */
export const renderTopologyMatrix = (topology: Topology): string => {
  const devices = topology.devices.filter((device) => !device.health.lost);
  const names = devices.map((device) => `GPU${device.index}`);
  const head = [...names, 'CPU Affinity', 'NUMA Affinity', 'GPU NUMA ID'].join('\t');
  const rows = devices.map((device) => `${row(devices, device)}\n`).join('');
  return `\t\u001b[4m${head}\u001b[0m\n${rows}${legend}`;
};

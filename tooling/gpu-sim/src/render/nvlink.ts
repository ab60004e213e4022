import { modelOf } from '../models.ts';
import type { SimulatedDevice, Topology } from '../topology.ts';
import { productName } from './product-name.ts';

const capabilities = [
  ['P2P is supported', 'true'],
  ['Access to system memory supported', 'true'],
  ['P2P atomics supported', 'true'],
  ['System memory atomics supported', 'true'],
  ['SLI is supported', 'true'],
  ['Link is supported', 'false'],
] as const;

const render = (
  topology: Topology,
  linkLines: (link: number, speed: string) => readonly string[],
): string =>
  topology.devices
    .filter((device) => !device.health.lost)
    .map((device) => {
      const head = `GPU ${device.index}: ${productName(device, topology)} (UUID: ${device.uuid})`;
      return [head, ...deviceLines(device, linkLines), ''].join('\n');
    })
    .join('');

const deviceLines = (
  device: SimulatedDevice,
  linkLines: (link: number, speed: string) => readonly string[],
): readonly string[] => {
  const { nvlink } = modelOf(device.model);
  if (nvlink === null) return ['Device does not have or support Nvlink'];
  if (device.migMode === 'enabled') {
    return ['Nvlink queries are not supported for Devices in MIG mode'];
  }
  // Behind a switch each GPU reaches every other one over all of its links.
  const switched = device.nvlinks.some(({ links }) => links === nvlink.links);
  const wired = device.nvlinks.reduce((sum, { links }) => sum + links, 0);
  const active = switched ? nvlink.links : Math.min(wired, nvlink.links);
  return Array.from({ length: nvlink.links }, (_, link) =>
    linkLines(link, link < active ? `${nvlink.speedGBs} GB/s` : '<inactive>'),
  ).flat();
};

/** `nvidia-smi nvlink -s`: the links of each GPU with their speed, or why there are none. */
export const renderNvlinkStatus = (topology: Topology): string =>
  render(topology, (link, speed) => [`\t Link ${link}: ${speed}`]);

/** `nvidia-smi nvlink -c`: what each active link can do. */
export const renderNvlinkCapabilities = (topology: Topology): string =>
  render(topology, (link, speed) =>
    speed === '<inactive>'
      ? []
      : capabilities.map(([name, value]) => `\t Link ${link}, ${name}: ${value}`),
  );

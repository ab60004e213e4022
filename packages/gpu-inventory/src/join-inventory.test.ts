import { slotsOf, type GpuInventory } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { parseDeviceList } from './device-list.ts';
import { migHost, uuids, type HostTexts } from './fixtures/mig-host.ts';
import { parseGpuInstances } from './gpu-instances.ts';
import { joinInventory } from './join-inventory.ts';
import { parseQueryXml } from './query-xml.ts';
import { parseTopology } from './topology.ts';

const failure = expect.objectContaining({ code: 'gpu.probe-failed' });

function joined(changes: Partial<HostTexts> = {}): GpuInventory {
  const texts = { ...migHost, ...changes };
  return joinInventory({
    list: parseDeviceList(texts.list),
    host: parseQueryXml(texts.xml),
    gpuInstances: parseGpuInstances(texts.gpuInstances),
    topology: parseTopology(texts.topology),
  });
}

const placements = (inventory: GpuInventory): unknown =>
  inventory.devices[1]?.instances.map((instance) => instance.placement);

const healthStates = (inventory: GpuInventory): unknown =>
  inventory.devices.map((device) => device.health.state);

test('identity, memory, placement and links come together by device', () => {
  const inventory = joined();
  expect(inventory.devices).toMatchObject([
    { index: 0, uuid: uuids.whole, numaNode: 0, utilizationPercent: 37, instances: [] },
    {
      index: 1,
      uuid: uuids.divided,
      numaNode: 1,
      utilizationPercent: null,
      migMode: 'enabled',
      instances: [
        { index: 0, uuid: uuids.large, profile: '3g.20gb', placement: { start: 4, size: 4 } },
        { index: 1, uuid: uuids.small, profile: '1g.5gb', placement: { start: 2, size: 1 } },
      ],
    },
  ]);
  expect(healthStates(inventory)).toEqual(['healthy', 'healthy']);
  expect(inventory.links).toEqual([
    { from: uuids.whole, to: uuids.divided, kind: 'nvlink', nvlinkCount: 12 },
  ]);
});

test('compute instances share the placement of their GPU instance', () => {
  const inventory = joined({
    list: migHost.list.replace('3g.20gb ', '1c.3g.20gb ').replace('1g.5gb ', '2c.3g.20gb '),
    xml: migHost.xml.replace('<gpu_instance_id>9<', '<gpu_instance_id>2<'),
  });
  expect(placements(inventory)).toEqual([
    { start: 4, size: 4 },
    { start: 4, size: 4 },
  ]);
});

test.each<[string, Partial<HostTexts>]>([
  ['has no row', { gpuInstances: migHost.gpuInstances.replace('19        9', '19        8') }],
  [
    'belongs to another profile',
    { gpuInstances: migHost.gpuInstances.replace('1g.5gb ', '1g.10gb') },
  ],
  ['overlaps another', { gpuInstances: migHost.gpuInstances.replace('2:1', '3:2') }],
  ['lies outside of the GPU', { gpuInstances: migHost.gpuInstances.replace('4:4', '14:4') }],
  [
    'has an unknown GPU instance',
    { xml: migHost.xml.replace('<gpu_instance_id>9<', '<gpu_instance_id>N/A<') },
  ],
])('one instance whose placement %s makes all placements of the GPU unknown', (_what, changes) => {
  expect(placements(joined(changes))).toEqual([null, null]);
});

test('the old form of UUID supplies the ids that the XML lacks, and must not contradict it', () => {
  const list = migHost.list
    .replace(uuids.large, `MIG-${uuids.divided}/2/0`)
    .replace(uuids.small, `MIG-${uuids.divided}/9/0`);
  const without = migHost.xml.replace('<gpu_instance_id>9<', '<gpu_instance_id>N/A<');
  expect(placements(joined({ list, xml: without }))).toEqual([
    { start: 4, size: 4 },
    { start: 2, size: 1 },
  ]);
  const other = migHost.xml.replace('<gpu_instance_id>9<', '<gpu_instance_id>8<');
  expect(healthStates(joined({ list, xml: other }))).toEqual(['healthy', 'unknown']);
});

test.each<[string, Partial<HostTexts>]>([
  ['MIG devices that only one call knows', { list: migHost.list.replace(/ {2}MIG 1g.*\n/u, '') }],
  [
    'MIG devices while MIG is off',
    { xml: migHost.xml.replace('<current_mig>Enabled', '<current_mig>Disabled') },
  ],
])('%s make the health of their GPU unknown and their placements too', (_what, changes) => {
  const inventory = joined(changes);
  expect(healthStates(inventory)).toEqual(['healthy', 'unknown']);
});

test.each([
  ['[Unknown Error]', { state: 'unknown' }],
  ['GPU is lost', { state: 'unhealthy', failed: true }],
])('a GPU that is listed, and described with the UUID "%s", is not usable', (word, health) => {
  const xml = migHost.xml.replace(`<uuid>${uuids.whole}<`, `<uuid>${word}<`);
  const [device, other] = joined({ xml }).devices;
  expect(device).toMatchObject({ uuid: uuids.whole, memoryBytes: null, migMode: 'unknown' });
  expect(device?.health).toMatchObject(health);
  expect(device === undefined ? null : slotsOf(device)).toEqual([]);
  expect(other?.health.state).toBe('healthy');
});

test('a GPU that fell off the bus is gone, and the others keep their indexes', () => {
  const lost = 'Unable to determine the device handle for GPU0: 0000:07:00.0: Unknown Error\n';
  const inventory = joined({
    list: migHost.list.replace(/GPU 0:.*\n/u, () => lost),
    xml: migHost.xml
      .replace(/\t<gpu id[\s\S]*?<\/gpu>\n/u, '')
      .replace('</nvidia', `${lost}</nvidia`),
  });
  expect(inventory.devices).toMatchObject([{ index: 1, uuid: uuids.divided, numaNode: 1 }]);
  expect(inventory.links).toEqual([]);
});

test('a GPU that is only counted is told of, and the others are as they are', () => {
  const inventory = joined({ xml: migHost.xml.replace('<attached_gpus>2', '<attached_gpus>3') });
  expect(healthStates(inventory)).toEqual(['healthy', 'healthy']);
  expect(inventory.notices).toMatchObject([
    { kind: 'lost', uuid: null, message: expect.stringContaining('counts 1 more') },
  ]);
});

test('a GPU with a corrupted infoROM is unhealthy', () => {
  const warning = 'WARNING: infoROM is corrupted at gpu 0000:0F:00.0\n';
  const inventory = joined({ xml: `${migHost.xml}${warning}` });
  expect(healthStates(inventory)).toEqual(['healthy', 'unhealthy']);
});

test.each<[string, Partial<HostTexts>]>([
  ['describes a GPU that is not listed', { list: migHost.list.replace(/GPU 0:.*\n/u, '') }],
  ['lists GPUs but describes none', { xml: 'No devices were found\n' }],
  ['describes GPUs but lists none', { list: 'No devices were found\n' }],
])('a tool that %s is refused', (_what, changes) => {
  expect(() => joined(changes)).toThrow(failure);
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { slotsOf } from '@ds01/contracts';
import { beforeEach, expect, test } from 'vitest';
import { parseDeviceList } from './device-list.ts';
import { systemClock } from './fixtures/clocks.ts';
import { answeringWith } from './fixtures/mig-host.ts';
import { createNvidiaSmiProbe } from './nvidia-smi-probe.ts';
import { parseQueryCsv } from './query-csv.ts';
import { parseQueryXml } from './query-xml.ts';
import { parseTopology } from './topology.ts';

const folder = join(import.meta.dirname, '../../../../shared/data/nvidia-smi');

beforeEach((context) => {
  context.skip(!existsSync(folder), 'recorded outputs of nvidia-smi are not here');
});

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

const mig = 'linux-x86_64__nvidia-h100-mig__590.48.01.txt';
const hopper = 'linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01.txt';
const ada = 'linux-x86_64__nvidia-l40s__595.80.txt';

/** The outputs of the calls that start like this, in the order of the capture. */
function outputsOf(name: string, call: string): readonly string[] {
  const parts = read(name).split(/^#{80}\n/mu);
  return parts.flatMap((part, position) => {
    const isCall = part.split('\n').some((line) => line.startsWith(`# $ nvidia-smi ${call}`));
    return isCall ? [parts[position + 1] ?? ''] : [];
  });
}

test.for<[string, string, string, number, number]>([
  ['a10g.xml', '515.105.01', 'NVIDIA A10G', 23028, 1],
  ['rtx-3080-v12.xml', '536.40', 'NVIDIA GeForce RTX 3080', 10240, 5],
  ['tesla-t4.xml', '515.105.01', 'Tesla T4', 15360, 2],
])('%s is read whole', ([name, driverVersion, productName, totalMiB, processCount]) => {
  const host = parseQueryXml(read(name));
  expect(host.driverVersion).toBe(driverVersion);
  expect(host.devices).toMatchObject([
    {
      productName,
      memoryBytes: totalMiB * 1024 * 1024,
      migMode: 'unsupported',
      findings: { faults: [], doubts: [] },
    },
  ]);
  expect(host.devices[0]?.processes).toHaveLength(processCount);
});

test('the list of an H100 with four MIG devices is read', () => {
  const [list = ''] = outputsOf(mig, '-L');
  expect(parseDeviceList(list).devices).toMatchObject([
    {
      index: 0,
      name: 'NVIDIA H100 80GB HBM3',
      migDevices: [
        { index: 0, profile: '3g.40gb' },
        { index: 1, profile: '2g.20gb' },
        { index: 2, profile: '1g.10gb' },
        { index: 3, profile: '1g.10gb' },
      ],
    },
  ]);
});

test.for([mig, hopper, ada])('list and topology of %s name one GPU', (name) => {
  const [list = ''] = outputsOf(name, '-L');
  const [topology = ''] = outputsOf(name, 'topo -m');
  expect(parseDeviceList(list).devices).toHaveLength(1);
  expect(parseTopology(topology)).toEqual({ links: [], numaNodes: new Map([[0, 0]]) });
});

test.for([mig, hopper, ada])('queries of %s are tables that say unknown, not zero', (name) => {
  const tables = outputsOf(name, '--query-gpu=').map(parseQueryCsv);
  expect(tables.map((table) => table.rows.length)).toEqual([1, 1]);
  for (const row of tables.flatMap((table) => table.rows)) {
    expect(row.broken).toEqual([]);
    expect(row.values.get('fan.speed')).toBeNull();
    expect(row.values.get('memory.total')).toMatch(/^\d+ MiB$/u);
  }
});

test.for([
  [mig, [null, null]],
  [hopper, ['0 %', '100 %']],
] as const)('utilisation in %s, idle and under load, is %j', ([name, expected]) => {
  const rows = outputsOf(name, '--query-gpu=').flatMap((output) => parseQueryCsv(output).rows);
  expect(rows.map((row) => row.values.get('utilization.gpu'))).toEqual(expected);
});

test('the processes under load are rows', () => {
  const [idle, load] = outputsOf(hopper, '--query-compute-apps=').map(parseQueryCsv);
  expect(idle?.rows).toEqual([]);
  expect(
    load?.rows.map((row) => [row.values.get('pid'), row.values.get('used_gpu_memory')]),
  ).toEqual([
    ['11327', '2566 MiB'],
    ['11328', '1542 MiB'],
    ['11345', '15690 MiB'],
  ]);
});

test.each(['a10g.xml', 'rtx-3080-v12.xml', 'tesla-t4.xml'])(
  'the probe reads %s as a healthy GPU with one slot, and harm makes it no other',
  async (name) => {
    const xml = read(name);
    const { devices } = parseQueryXml(xml);
    const [described] = devices;
    const list = `GPU 0: ${described?.productName} (UUID: ${described?.uuid})\n`;
    const inventoryOf = async (text: string) => {
      const run = answeringWith(() => ({ list, xml: text, gpuInstances: '', topology: '' }));
      const path = '/usr/bin/nvidia-smi';
      const options = { path, timeoutMs: 1000, cacheMs: 0, clock: systemClock, run };
      return createNvidiaSmiProbe(options).read();
    };
    const whole = await inventoryOf(xml);
    expect(whole.devices).toMatchObject([
      { uuid: described?.uuid, migMode: 'unsupported', health: { state: 'healthy' } },
    ]);
    expect(whole.devices.flatMap(slotsOf)).toMatchObject([{ slot: '0', gpuEquivalents: 1 }]);
    const lines = xml.split('\n');
    for (let at = 0; at < lines.length; at += 7) {
      const reading = await inventoryOf(lines.toSpliced(at, 1).join('\n')).catch(() => null);
      const [device] = reading?.devices ?? [];
      if (device?.health.state !== 'healthy') continue;
      for (const key of ['uuid', 'model', 'memoryBytes', 'utilizationPercent'] as const) {
        expect([whole.devices[0]?.[key], null]).toContain(device[key]);
      }
    }
  },
);

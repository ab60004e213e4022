import { expect, test } from 'vitest';
import { migHost, uuids } from './fixtures/mig-host.ts';
import { parseQueryXml, type QueriedDevice } from './query-xml.ts';

const failure = expect.objectContaining({ code: 'gpu.probe-failed' });
const mebibyte = 1024 * 1024;

/** GPU 0 of the fixture after one replacement in the document. */
function changed(from: string | RegExp, to: string): QueriedDevice {
  const text = migHost.xml.replace(from, () => to);
  expect(text).not.toBe(migHost.xml);
  const device = parseQueryXml(text).devices[0];
  if (device === undefined) throw new Error('the fixture has lost its first GPU');
  return device;
}

test('a MIG device has its ids and its own memory', () => {
  const { driverVersion, devices } = parseQueryXml(migHost.xml);
  expect(driverVersion).toBe('570.86.15');
  expect(devices[1]).toMatchObject({
    uuid: uuids.divided,
    migMode: 'enabled',
    utilizationPercent: null,
    findings: { faults: [], doubts: [] },
  });
  expect(devices[1]?.migDevices).toEqual([
    {
      index: 0,
      gpuInstanceId: 2,
      computeInstanceId: 0,
      memoryBytes: 19968 * mebibyte,
      memoryUsedBytes: 25 * mebibyte,
    },
    {
      index: 1,
      gpuInstanceId: 9,
      computeInstanceId: 0,
      memoryBytes: 4864 * mebibyte,
      memoryUsedBytes: 25 * mebibyte,
    },
  ]);
});

test('a process belongs to the instance it runs in, or to the whole GPU', () => {
  const { devices } = parseQueryXml(migHost.xml);
  expect(devices.flatMap((device) => device.processes)).toEqual([
    {
      pid: 4242,
      name: 'python train.py',
      kind: 'C',
      memoryBytes: 512 * mebibyte,
      gpuInstanceId: null,
      computeInstanceId: null,
    },
    expect.objectContaining({ pid: 4343, gpuInstanceId: 9, computeInstanceId: 0 }),
  ]);
});

const optional = [
  ['memoryBytes', '<total>40960 MiB<', 'total'],
  ['memoryUsedBytes', '<used>52 MiB<', 'used'],
  ['utilizationPercent', '<gpu_util>37 %<', 'gpu_util'],
  ['minorNumber', '<minor_number>0<', 'minor_number'],
  ['pciBusId', '<pci_bus_id>00000000:07:00.0<', 'pci_bus_id'],
  ['productName', '<product_name>NVIDIA A100-SXM4-40GB<', 'product_name'],
] as const;
const unknowns = [
  'N/A',
  '[N/A]',
  '[Not Supported]',
  'Insufficient Permissions',
  '[Insufficient Permissions]',
  '',
];

test.each(optional.flatMap((row) => unknowns.map((word) => [...row, word] as const)))(
  '%s is null when %s is replaced by %s%j, and the GPU is as healthy as before',
  (key, from, element, word) => {
    const device = changed(from, `<${element}>${word}<`);
    expect(device[key]).toBeNull();
    expect(device.findings).toEqual({ faults: [], doubts: [] });
  },
);

test.each(
  optional.flatMap((row) =>
    ['[GPU requires reset]', 'GPU is lost'].map((word) => [...row, word] as const),
  ),
)('%s is null and the GPU faulty when %s is replaced by %s%j', (key, from, element, word) => {
  const device = changed(from, `<${element}>${word}<`);
  expect(device[key]).toBeNull();
  expect(device.findings.faults).toEqual([`${element} reads "${word}".`]);
});

test.each(
  optional.flatMap((row) => ['[Unknown Error]', 'ERR!'].map((word) => [...row, word] as const)),
)('%s is null and the GPU not to be trusted when %s is replaced by %s%j', (...row) => {
  const [key, from, element, word] = row;
  const device = changed(from, `<${element}>${word}<`);
  const said = [`${element} reads "${word}".`];
  expect(device[key]).toBeNull();
  // Without its memory, nothing can be read of it.
  const isAll = key === 'memoryBytes';
  expect(device.hasFailed).toBe(isAll);
  expect(device.findings).toMatchObject({ faults: isAll ? said : [], doubts: isAll ? [] : said });
});

test('an error in a field that is not otherwise used is a doubt, and a fault where it tells of loss', () => {
  const { faults, doubts } = changed('<fan_speed>N/A<', '<fan_speed>ERR!<').findings;
  expect([faults, doubts]).toEqual([[], ['fan_speed reads "ERR!".']]);
  const lost = changed('<fan_speed>N/A<', '<fan_speed>GPU is lost<').findings;
  expect(lost.faults).toEqual(['fan_speed reads "GPU is lost".']);
});

test.each([
  [
    '<gpu_recovery_action>None<',
    '<gpu_recovery_action>Drain and Reset<',
    /recovery action: Drain and Reset/,
  ],
  ['<reset_required>No<', '<reset_required>Yes<', /needs a reset/],
  ['<drain_and_reset_recommended>No<', '<drain_and_reset_recommended>Yes<', /drained and reset/],
  ['<remapped_row_pending>No<', '<remapped_row_pending>Yes<', /row remapping waits/],
  ['<remapped_row_failure>No<', '<remapped_row_failure>Yes<', /Row remapping failed/],
  ['<pending_retirement>N/A<', '<pending_retirement>Yes<', /retirement/],
  ['<channel_repair_pending>No<', '<channel_repair_pending>Yes<', /channel repair/],
])('%s turned into %s is a fault', (from, to, reason) => {
  expect(changed(from, to).findings.faults).toEqual([expect.stringMatching(reason)]);
});

test('error counters alone are no fault', () => {
  const device = changed('<dram_uncorrectable>0<', '<dram_uncorrectable>3<');
  expect(device.findings.faults).toEqual([]);
  expect(changed('<remapped_row_unc>0<', '<remapped_row_unc>2<').findings.faults).toEqual([]);
});

test.each([
  ['an alarm that is neither yes nor no', '<reset_required>No<', '<reset_required>Maybe<'],
  ['memory in another unit', '<total>40960 MiB<', '<total>40 GB<'],
  ['more than the whole utilisation', '<gpu_util>37 %<', '<gpu_util>101 %<'],
  [
    'a field that is printed twice',
    '<gpu_recovery_action>',
    '<gpu_recovery_action>None</gpu_recovery_action><gpu_recovery_action>',
  ],
  ['a process without an id', '<pid>4242<', '<pid>N/A<'],
  [
    'a process list that is withheld',
    /<processes>[\s\S]*?<\/processes>/,
    '<processes>Insufficient Permissions</processes>',
  ],
  ['no process list', /<processes>[\s\S]*?<\/processes>/, ''],
  ['MIG devices without MIG', '<current_mig>Disabled<', '<current_mig>[Insufficient Permissions]<'],
])('%s casts doubt on the GPU', (_what, from, to) => {
  expect(changed(from, to).findings.doubts).not.toEqual([]);
});

test('a GPU without a readable UUID is described without one', () => {
  expect(changed(`<uuid>${uuids.whole}<`, '<uuid>[Unknown Error]<').uuid).toBeNull();
});

test.each([
  ['an entity', '&amp;&lt;x&gt;', '&<x>'],
  ['ampersands that the tool did not escape', 'a &b; & c=1&d', 'a &b; & c=1&d'],
  ['brackets that the tool did not escape', 'a<b>c</b>', 'a<b>c</b>'],
  ['the end of everything', '</gpu></nvidia_smi_log>', '</gpu></nvidia_smi_log>'],
  ['an error word', 'ERR!', 'ERR!'],
])('a process may be called %s without harm', (_what, printed, name) => {
  const device = changed('<process_name>python train.py<', `<process_name>${printed}<`);
  expect(device.processes).toMatchObject([{ pid: 4242, name }]);
  expect(device.findings).toEqual({ faults: [], doubts: [] });
});

test('no GPUs is an empty host', () => {
  expect(parseQueryXml('No devices were found\n')).toMatchObject({ attachedCount: 0, devices: [] });
});

test.each([
  ['nothing', ''],
  ['a message', 'Failed to initialize NVML: Unknown Error\n'],
  ['half a document', migHost.xml.slice(0, 1800)],
  ['a document with something behind it', `${migHost.xml}<more/>`],
  ['another document', '<html><body>502</body></html>'],
  ['entities of its own', migHost.xml.replace('.dtd">', '.dtd" [<!ENTITY a "b">]>')],
  ['no count of GPUs', migHost.xml.replace('<attached_gpus>2</attached_gpus>', '')],
  ['a count below what is described', migHost.xml.replace('<attached_gpus>2', '<attached_gpus>1')],
  ['the same UUID twice', migHost.xml.replace(uuids.whole, uuids.divided)],
])('%s is refused', (_what, text) => {
  expect(() => parseQueryXml(text)).toThrow(failure);
});

import { expect, test } from 'vitest';
import { parseDeviceList } from './device-list.ts';

const whole = 'GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa)\n';
const failure = expect.objectContaining({ code: 'gpu.probe-failed' });

test('MIG devices belong to the GPU above them', () => {
  const { devices } = parseDeviceList(
    `${whole}GPU 1: NVIDIA H100 (UUID: GPU-bbbb)\n  MIG 1c.3g.40gb  Device  0: (UUID: MIG-cccc)\n` +
      '  MIG 1g.10gb+me  Device  1: (UUID: MIG-dddd)\n',
  );
  expect(devices.map((device) => device.migDevices.length)).toEqual([0, 2]);
  expect(devices[1]?.migDevices.map(({ profile }) => profile)).toEqual([
    '1c.3g.40gb',
    '1g.10gb+me',
  ]);
});

test('the old form of MIG UUIDs is read, in the old column widths', () => {
  const { devices } = parseDeviceList(`${whole}  MIG 1g.5gb Device 0: (UUID: MIG-GPU-aaaa/7/0)\n`);
  expect(devices[0]?.migDevices[0]?.uuid).toBe('MIG-GPU-aaaa/7/0');
});

test('indexes may have gaps and come in any order, with a name that holds parentheses', () => {
  const { devices } = parseDeviceList(
    'GPU 10: Some (odd) name (UUID: GPU-cc)\r\nGPU 2: Tesla T4 (UUID: GPU-bb)\r\n',
  );
  expect(devices.map(({ index, name }) => [index, name])).toEqual([
    [2, 'Tesla T4'],
    [10, 'Some (odd) name'],
  ]);
});

test.each(['No devices were found\n', 'No devices found.\n'])('%j is an empty list', (text) => {
  expect(parseDeviceList(text)).toEqual({ devices: [], notices: [] });
});

test.each([
  'Unable to determine the device handle for GPU1: 0000:5F:00.0: Unknown Error',
  'Unable to determine the device handle for GPU 0000:5f:00.0: GPU is lost.  Reboot the system to recover this GPU',
  'Unable to determine the device handle for GPU0000:5F:00.0: Unknown Error',
])('a GPU without a handle is a notice with its bus id: %s', (line) => {
  const { devices, notices } = parseDeviceList(`${whole}${line}\n`);
  expect(devices).toHaveLength(1);
  expect(notices).toMatchObject([{ kind: 'unreachable', pciBusId: '00000000:5F:00.0' }]);
});

test.each(['N/A', '[Unknown Error]', 'GPU is lost'])(
  'a GPU with the UUID "%s" is a notice, and its MIG devices are nobody else’s',
  (uuid) => {
    const { devices, notices } = parseDeviceList(
      `${whole}GPU 1: NVIDIA A100 (UUID: ${uuid})\n  MIG 1g.5gb Device 0: (UUID: MIG-aa)\n`,
    );
    expect(devices).toMatchObject([{ index: 0, migDevices: [] }]);
    expect(notices).toMatchObject([
      { kind: 'unreachable', text: expect.stringContaining('GPU 1') },
    ]);
  },
);

test.each([
  ['an empty output', ''],
  ['a line cut short', whole.slice(0, -3)],
  ['a MIG device without a GPU', '  MIG 1g.5gb Device 0: (UUID: MIG-aa)\n'],
  ['an index that occurs twice', `${whole}GPU 0: NVIDIA A100 (UUID: GPU-bb)\n`],
  ['a UUID that occurs twice', `${whole}GPU 1: NVIDIA A100 (UUID: GPU-aaaa)\n`],
  [
    'a MIG index that occurs twice',
    `${whole}  MIG 1g.5gb Device 0: (UUID: MIG-aa)\n  MIG 1g.5gb Device 0: (UUID: MIG-bb)\n`,
  ],
  ['a message of the driver', 'Failed to initialize NVML: Driver/library version mismatch\n'],
])('%s is refused', (_what, text) => {
  expect(() => parseDeviceList(text)).toThrow(failure);
});

import { localTime, type Screen } from '@ds01/command-line';
import { gpuStatusOutputSchema, type GpuStatusOutput } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { gpuTable } from './gpu-table.ts';

const gibibyte = 2 ** 30;
const screen: Screen = { width: null, isTerminal: false, paint: (_style, text) => text };

const device = (index: number, changes: object): unknown => ({
  index,
  uuid: `GPU-${index}`,
  model: 'NVIDIA L40S',
  memoryBytes: 48 * gibibyte,
  migEnabled: false,
  health: 'healthy',
  utilization: null,
  slots: [],
  ...changes,
});

const slot = (changes: object): unknown => ({
  slot: '0',
  uuid: 'GPU-0',
  profile: null,
  gpuEquivalents: 1,
  state: 'free',
  user: null,
  container: null,
  leaseId: null,
  expiresAt: null,
  ...changes,
});

const totals = { gpuEquivalents: 1, leased: 0, free: 1 };

function shown(status: object): string {
  const parsed: GpuStatusOutput = gpuStatusOutputSchema.parse({ totals, ...status });
  return gpuTable(parsed, screen);
}

test('load and memory are shown where the driver tells them', () => {
  const text = shown({
    devices: [
      device(0, { utilization: 37, memoryUsedBytes: 2 * gibibyte, slots: [slot({})] }),
      device(1, { slots: [slot({ slot: '1:0', uuid: 'MIG-1', profile: '1g.5gb' })] }),
    ],
  });
  expect(text).toMatch(/^0 .* free +37% +2 ?GiB?\/48 ?GiB?/mu);
  expect(text).toMatch(/^1:0 .* free +- +-$/mu);
});

test('a slot of a GPU of which nobody knows whether it is healthy is not called unhealthy', () => {
  const unhealthy = slot({ state: 'unhealthy' });
  const held = slot({ slot: '1', state: 'held', user: 'alice' });
  const text = shown({
    devices: [
      device(0, { health: 'unknown', healthReasons: ['Withheld.'], slots: [unhealthy] }),
      device(1, { health: 'unknown', healthReasons: ['Withheld.'], slots: [held] }),
    ],
  });
  expect(text).toMatch(/^0 .* unknown +- /mu);
  expect(text).toMatch(/^1 .* held +- /mu);
  expect(shown({ devices: [device(0, { health: 'unhealthy', slots: [unhealthy] })] })).toMatch(
    /^0 .* unhealthy +- /mu,
  );
});

test('what is wrong with which GPU is said below the table', () => {
  const text = shown({
    devices: [
      device(0, { health: 'unhealthy', healthReasons: ['Xid 79: the GPU has fallen off.'] }),
      device(1, { health: 'unknown', healthReasons: ['It can’t be read.'] }),
    ],
    notices: ['The driver counts 1 more GPU(s) than nvidia-smi lists.'],
  });
  expect(text.split('\n').slice(-3)).toEqual([
    'GPU 0: unhealthy: Xid 79: the GPU has fallen off.',
    'GPU 1: unknown: It can’t be read.',
    'The driver counts 1 more GPU(s) than nvidia-smi lists.',
  ]);
});

test('what is reserved when is said below the table, with names as far as they are shown', () => {
  const [from, until] = ['2026-11-23T08:00:00.000Z', '2026-11-23T18:00:00.000Z'];
  const reservations = [
    { slots: ['0', '1:2'], from, until, for: 'alice', own: true },
    { slots: ['1'], from: null, until, for: 'group staff', own: false },
    { slots: ['2'], from, until: null, for: null, own: false },
  ];
  const text = shown({ devices: [device(0, { slots: [slot({})] })], reservations });
  expect(text.split('\n').slice(-3)).toEqual([
    `reserved: GPU 0, 1:2 from ${localTime(from)} until ${localTime(until)} for you`,
    `reserved: GPU 1 until ${localTime(until)} for group staff`,
    `reserved: GPU 2 from ${localTime(from)}`,
  ]);
});

test('where nobody’s slots are left, whose were asked for is said', () => {
  const status = gpuStatusOutputSchema.parse({ totals, devices: [] });
  expect(gpuTable(status, screen)).toBe('no GPUs');
  expect(gpuTable(status, screen, 'no GPU is shown as bob’s')).toBe('no GPU is shown as bob’s');
});

import { deviceUuidSchema, slotIdSchema, slotUuidSchema } from '@ds01/contracts';
import type { Lease } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { demandShare, isHighDemand } from './demand.ts';

const lease = (
  state: Lease['state'],
  device: string,
  gpuEquivalents = 1,
): Pick<Lease, 'state' | 'slots'> => ({
  state,
  slots: [
    {
      slot: slotIdSchema.parse('0'),
      uuid: slotUuidSchema.parse(`GPU-${device}`),
      deviceUuid: deviceUuidSchema.parse(`GPU-${device}`),
      profile: null,
      gpuEquivalents,
      memorySlices: null,
    },
  ],
});

const four = new Map(['a', 'b', 'c', 'd'].map((device) => [`GPU-${device}`, 1]));

test('reserved, bound, held and external leases count, and no others', () => {
  const states = ['reserved', 'bound', 'held', 'external', 'lost', 'released'] as const;
  const shares = states.map((state) =>
    demandShare({ leases: [lease(state, 'a')], healthyGpuEquivalents: four }),
  );
  expect(shares).toEqual([0.25, 0.25, 0.25, 0.25, 0, 0]);
});

test('a container with two GPUs counts twice, an instance by its weight', () => {
  const leases = [lease('bound', 'a'), lease('bound', 'b'), lease('bound', 'c', 3 / 7)];
  expect(demandShare({ leases, healthyGpuEquivalents: four })).toBeCloseTo((2 + 3 / 7) / 4);
});

test('what is leased of a device that is not healthy is no part of the healthy ones', () => {
  expect(demandShare({ leases: [lease('bound', 'f')], healthyGpuEquivalents: four })).toBe(0);
  expect(demandShare({ leases: [lease('bound', 'a')], healthyGpuEquivalents: new Map() })).toBe(0);
});

test('seven sevenths are a whole', () => {
  const leases = Array.from({ length: 7 }, () => lease('bound', 'a', 1 / 7));
  const share = demandShare({ leases, healthyGpuEquivalents: new Map([['GPU-a', 1]]) });
  expect(isHighDemand({ share, threshold: 1, wasHigh: false })).toBe(true);
});

test.each([
  [0.79, false, false],
  [0.8, false, true],
  [0.79, true, true],
  [0.75, true, true],
  [0.74, true, false],
])('at %d, having been high %s: %s', (share, wasHigh, expected) => {
  expect(isHighDemand({ share, threshold: 0.8, wasHigh })).toBe(expected);
});

test('a low threshold does not stay high for ever', () => {
  expect(isHighDemand({ share: 0, threshold: 0.03, wasHigh: true })).toBe(false);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gpuEquivalentsOf, parseMigProfile } from './gpu.ts';

const gibibyte = 2 ** 30;

test.each([
  ['3g.20gb', [3, 3, 20], null],
  ['1c.3g.40gb', [1, 3, 40], null],
  ['1g.10gb+me', [1, 1, 10], 'me'],
  ['1g.24gb-me', [1, 1, 24], '-me'],
  ['2g.48gb+me.all', [2, 2, 48], 'me.all'],
  ['4g.96gb+gfx', [4, 4, 96], 'gfx'],
  ['7g.141gb', [7, 7, 141], null],
] as const)('%s is understood', (name, [computeSlices, gpuInstanceSlices, memoryGb], attribute) => {
  const parts = { computeSlices, gpuInstanceSlices, memoryGb, attribute };
  expect(parseMigProfile(name)).toEqual(parts);
});

test.each(['', 'N/A', '0g.5gb', '4c.3g.20gb', '1g', '1g.5gb+', '1g.5gb 2g', '1g.5tb'])(
  '%j is no profile and weighs a whole GPU',
  (name) => {
    expect(parseMigProfile(name)).toBeUndefined();
    expect(gpuEquivalentsOf(name, { model: 'NVIDIA A100-SXM4-40GB' })).toBe(1);
  },
);

test('what the driver says about the slices goes before what the name of the model suggests', () => {
  const gpu = { model: 'NVIDIA A100-SXM4-40GB', migComputeSlices: 8 };
  expect(gpuEquivalentsOf('2g.10gb', gpu)).toBe(2 / 8);
});

test.each([
  ['NVIDIA A100-PCIE-40GB', '3g.20gb', 3 / 7],
  ['NVIDIA A30', '1g.6gb', 1 / 4],
  ['NVIDIA GH200 480GB', '1g.12gb', 1 / 7],
  ['NVIDIA B300', '1g.35gb', 1 / 7],
  ['NVIDIA RTX PRO 6000 Blackwell Server Edition', '1g.24gb', 1 / 4],
  ['NVIDIA RTX PRO 6000 Blackwell Server Edition', '2g.48gb', 1 / 2],
])('%s: %s is its share of the compute slices', (model, profile, weight) => {
  expect(gpuEquivalentsOf(profile, { model })).toBe(weight);
});

test('on a model never heard of, whose memory is not told, the instances that exist are a measure', () => {
  const instances = [
    { profile: '2g.0gb', gpuInstanceId: 1 },
    { profile: '1g.0gb+gfx', gpuInstanceId: 2 },
  ];
  const gpu = { model: 'NVIDIA X9', memoryBytes: null, instances };
  expect(gpuEquivalentsOf('2g.0gb', gpu)).toBe(2 / 3);
  expect(gpuEquivalentsOf('1g.0gb', { model: 'NVIDIA X9' })).toBe(1);
});

test('on a model never heard of a slice weighs no less than its part of the GPU', () => {
  const slices = fc.integer({ min: 1, max: 7 });
  fc.assert(
    fc.property(slices, slices, fc.integer({ min: 4, max: 64 }), (total, own, gbPerSlice) => {
      fc.pre(own <= total);
      const profile = `${own}g.${own * gbPerSlice}gb`;
      const memoryBytes = total * gbPerSlice * gibibyte;
      const weight = gpuEquivalentsOf(profile, { model: 'NVIDIA X9', memoryBytes });
      expect(weight).toBeGreaterThanOrEqual(own / total - 1e-9);
      expect(weight).toBeLessThanOrEqual(1);
    }),
    { seed: 20261122, numRuns: 300 },
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDcgmMetrics } from './dcgm-metrics.ts';

const word = fc.constantFrom(
  'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
  'DCGM_FI_DEV_GPU_UTIL',
  '{UUID="GPU-1"',
  ',GPU_I_ID="3"',
  '\\"',
  '"',
  '{',
  '} ',
  '} 0.5',
  '} NaN',
  '} 1e9',
  '} -1',
  '\n',
  '# HELP ',
);

test('whatever a page says, shares are between 0 and 100, one for each GPU and instance', () => {
  const page = fc.array(fc.oneof(word, fc.string({ maxLength: 20 })), { maxLength: 40 });
  fc.assert(
    fc.property(page, (parts) => {
      const found = parseDcgmMetrics(parts.join(''));
      const keys = found.map(({ deviceUuid, gpuInstanceId }) => `${deviceUuid} ${gpuInstanceId}`);
      expect(new Set(keys).size).toBe(keys.length);
      expect(found.filter(({ percent }) => !(percent >= 0 && percent <= 100))).toEqual([]);
    }),
    { seed: 6, numRuns: 500 },
  );
});

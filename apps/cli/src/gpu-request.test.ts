import { expect, test } from 'vitest';
import { gpuRequestOf } from './gpu-request.ts';

test.each([
  [{}, { kind: 'any' }],
  [{ cpuOnly: true }, { kind: 'none' }],
  [{ gpus: '1' }, { kind: 'whole', count: 1 }],
  [{ numGpus: '4' }, { kind: 'whole', count: 4 }],
  [
    { gpus: '2', numGpus: '2' },
    { kind: 'whole', count: 2 },
  ],
  [{ mig: '3G.20GB' }, { kind: 'mig', profile: '3g.20gb', count: 1 }],
  [
    { gpuMemory: '20g', gpuType: 'A100' },
    { kind: 'any', minMemoryBytes: 20 * 2 ** 30, model: 'A100' },
  ],
])('%j asks for %j', (flags, request) => {
  expect(gpuRequestOf(flags)).toEqual(request);
});

test.each([
  [{ gpus: '0' }, 'gpu.invalid-count'],
  [{ gpus: '-1' }, 'gpu.invalid-count'],
  [{ gpus: '1e9' }, 'gpu.invalid-count'],
  [{ gpus: '1.5' }, 'gpu.invalid-count'],
  [{ gpus: '99999' }, 'gpu.invalid-count'],
  [{ mig: 'big' }, 'gpu.invalid-profile'],
  [{ mig: '8c.3g.20gb' }, 'gpu.invalid-profile'],
  [{ gpuMemory: 'much' }, 'usage.invalid'],
  [{ cpuOnly: true, gpus: '1' }, 'usage.invalid'],
  [{ gpus: '1', numGpus: '2' }, 'usage.invalid'],
  [{ mig: '1g.5gb', gpuMemory: '5g' }, 'usage.invalid'],
])('%j is refused with %s', (flags, code) => {
  expect(() => gpuRequestOf(flags)).toThrow(expect.objectContaining({ code }));
});

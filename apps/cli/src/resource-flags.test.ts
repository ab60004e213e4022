import { expect, test } from 'vitest';
import { resourcesOf } from './resource-flags.ts';

test('nothing said is null, on the private network', () => {
  expect(resourcesOf({})).toEqual({
    cpus: null,
    memoryBytes: null,
    shmSizeBytes: null,
    network: 'private',
  });
});

test.each([
  [{ cpus: '4' }, { cpus: 4 }],
  [{ cpus: '0.5' }, { cpus: 0.5 }],
  [{ cpus: '.25' }, { cpus: 0.25 }],
  [{ memory: '16g' }, { memoryBytes: 16 * 2 ** 30 }],
  [{ memory: '512MiB' }, { memoryBytes: 512 * 2 ** 20 }],
  [{ shmSize: '64m' }, { shmSizeBytes: 64 * 2 ** 20 }],
  [{ network: 'none' }, { network: 'none' }],
])('%j is %j', (flags, resources) => {
  expect(resourcesOf(flags)).toMatchObject(resources);
});

test('a size without a unit that is too small says what it was taken for', () => {
  const message = expect.stringContaining('Without a unit it is bytes; 16g is GiB.');
  expect(() => resourcesOf({ memory: '16' })).toThrow(expect.objectContaining({ message }));
});

test.each([
  { cpus: '0' },
  { cpus: '-1' },
  { cpus: '1e9' },
  { cpus: 'all' },
  { cpus: '.' },
  { memory: '1m' },
  { memory: 'much' },
  { memory: '-1g' },
  { shmSize: '0' },
  { shmSize: '' },
  { network: 'bridge' },
])('%j is refused', (flags) => {
  expect(() => resourcesOf(flags)).toThrow(expect.objectContaining({ code: 'usage.invalid' }));
});

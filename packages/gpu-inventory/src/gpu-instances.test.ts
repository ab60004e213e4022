import { expect, test } from 'vitest';
import { migHost } from './fixtures/mig-host.ts';
import { parseGpuInstances } from './gpu-instances.ts';

const failure = expect.objectContaining({ code: 'gpu.probe-failed' });

test('every row has its profile, ids and placement', () => {
  expect(parseGpuInstances(migHost.gpuInstances)).toEqual([
    {
      gpuIndex: 1,
      profile: '1g.5gb',
      profileId: 19,
      gpuInstanceId: 9,
      placement: { start: 2, size: 1 },
    },
    {
      gpuIndex: 1,
      profile: '3g.20gb',
      profileId: 9,
      gpuInstanceId: 2,
      placement: { start: 4, size: 4 },
    },
  ]);
});

test.each(['No GPU instances found: Not Found\n', 'No MIG-enabled devices found.\n'])(
  '%j is no instance',
  (text) => {
    expect(parseGpuInstances(text)).toEqual([]);
  },
);

const lines = migHost.gpuInstances.trimEnd().split('\n');
test.each([
  ['nothing', ''],
  ['a table without rows', lines.slice(0, 5).join('\n')],
  ['a table cut after a row', lines.slice(0, -1).join('\n')],
  ['a table cut in a row', migHost.gpuInstances.slice(0, -70)],
  ['an instance that occurs twice', migHost.gpuInstances.replace('19        9', '19        2')],
  ['a placement that is no number', migHost.gpuInstances.replace('2:1', 'N/A')],
  ['a refusal', 'Insufficient Permissions\n'],
])('%s is refused', (_what, text) => {
  expect(() => parseGpuInstances(text)).toThrow(failure);
});

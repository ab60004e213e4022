import { plainScreen, type Screen } from '@ds01/command-line';
import { statsOutputSchema } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { gpuStatsTable, statsTable } from './stats-text.ts';

const full = {
  name: 'thesis',
  dockerName: 'thesis._.alice',
  id: 'a'.repeat(64),
  state: 'running',
  cpuPercent: 142.25,
  cpusLimit: 2,
  memoryBytes: 95 * 2 ** 20,
  memoryLimitBytes: 100 * 2 ** 20,
  networkReceivedBytes: 1024,
  networkSentBytes: 0,
  blockReadBytes: 2 ** 30,
  blockWrittenBytes: 512,
  pids: 3,
  pidsLimit: 128,
  gpus: [
    {
      slot: '0:1',
      uuid: 'MIG-1',
      profile: '2g.10gb',
      model: 'NVIDIA A100',
      utilization: null,
      memoryBytes: 2 ** 30,
      memoryTotalBytes: 10 * 2 ** 30,
    },
  ],
};
const unknown = {
  ...full,
  name: 'lab',
  cpuPercent: null,
  cpusLimit: null,
  memoryBytes: null,
  memoryLimitBytes: null,
  networkReceivedBytes: null,
  networkSentBytes: null,
  pids: 2,
  pidsLimit: null,
  gpus: [],
};
const stats = statsOutputSchema.parse({ at: '2026-01-05T09:00:00Z', containers: [full, unknown] });

test('what is known is shown beside its limit, what isn’t as a question mark', () => {
  const rows = statsTable(stats, plainScreen)
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  expect(rows).toEqual([
    ['NAME', 'CPU', 'MEMORY', 'MEM', 'PROCESSES', 'GPU', 'NETWORK IN/OUT', 'DISK READ/WRITTEN'],
    [
      'thesis',
      '142.3% of 200%',
      '95 MiB / 100 MiB',
      '95.0%',
      '3 of 128',
      '0:1',
      '1 KiB / 0 B',
      '1 GiB / 512 B',
    ],
    ['lab', '?', '? / ?', '?', '2', '-', '? / ?', '1 GiB / 512 B'],
  ]);
  expect(gpuStatsTable(stats, plainScreen).split('\n')).toEqual([
    'NAME    SLOT  PROFILE  MODEL        IN USE  GPU MEMORY',
    'thesis  0:1   2g.10gb  NVIDIA A100  ?       1 GiB / 10 GiB',
  ]);
});

test('what comes near its limit stands out', () => {
  const colored: Screen = { ...plainScreen, paint: (style, text) => `<${style}>${text}` };
  const text = statsTable(stats, colored);
  expect(text).toContain('<yellow>142.3% of 200%');
  expect(text).toContain('<red>95.0%');
});

import { createScreen, plainScreen, textWidth, type Screen } from '@ds01/command-line';
import { describe, expect, test } from 'vitest';
import { limits } from '../wizard/testing/scripted.ts';
import { limitBars, limitSentences, limitUses } from './limit-bars.ts';

const usage = {
  gpuEquivalents: 1.5,
  gpuSlots: 2,
  containers: 3,
  runningContainers: 2,
  memoryBytes: 3 * 2 ** 30,
  cpus: 0.25,
  pids: 100,
  workspaceBytes: null,
  dataBytes: null,
  largestLayerBytes: null,
  storageMeasuredAt: null,
};
const some = limits(
  {
    max_gpu_equivalents: 2,
    'aggregate.gpu_limit': 4,
    max_containers_per_user: 3,
    'aggregate.memory_max': '64g',
    'aggregate.cpu_quota': '3200%',
    'aggregate.tasks_max': 4096,
    max_gpu_slots_per_container: 1,
    max_cpus: 8,
    memory: '32g',
    pids_limit: 4096,
    max_runtime_h: 24,
    gpu_hold_after_stop_h: 0.25,
  },
  usage,
);
const wide = (columns: number, color = false): Screen =>
  createScreen({ stream: { isTTY: true, columns }, env: {}, colors: color });

describe('use against limits', () => {
  test('a bar and the numbers for each, and a word where little is left', () => {
    expect(limitBars(limitUses(some), plainScreen)).toBe(
      [
        'GPUs       [###############.....] 1.5 of 2',
        'Containers [####################] 3 of 3, all used',
        'Memory     [#...................] 3 GiB of 64 GiB',
        'CPUs       [#...................] 0.25 of 32',
        'Processes  [#...................] 100 of 4096',
      ].join('\n'),
    );
  });

  test('space stands there where there is a limit on it, near from the site’s share on', () => {
    const space = limits(
      {
        storage_workspace: '100g',
        storage_container: '10g',
        'policies.soft_limit_threshold': 0.5,
      },
      { ...usage, workspaceBytes: 60 * 2 ** 30 },
    );
    const lines = limitBars(limitUses(space), plainScreen).split('\n');
    expect(lines.slice(5)).toEqual([
      'Workspaces [############........] 60 GiB of 100 GiB, nearly all',
      'Layer      [....................] unknown of 10 GiB',
    ]);
  });

  test.each([20, 40, 60, 200])('fits a terminal of %i columns', (columns) => {
    const text = `${limitBars(limitUses(some), wide(columns))}\n${limitSentences(some, wide(columns))}`;
    for (const line of text.split('\n')) {
      expect(textWidth(line)).toBeLessThanOrEqual(Math.max(columns, 30));
    }
  });

  test('40 columns leave no room for bars of this text, and the numbers stay', () => {
    expect(limitBars(limitUses(some), wide(30))).toContain('Containers 3 of 3, all used');
    expect(limitBars(limitUses(some), wide(40))).toContain('#');
  });

  test('colours say nothing that the words don’t, and are gone where they aren’t wanted', () => {
    expect(limitBars(limitUses(some), wide(80, true))).toContain('\u001B[31m');
    expect(limitBars(limitUses(some), wide(80))).not.toContain('\u001B');
  });

  test('no limit and no knowledge are said, not drawn', () => {
    const text = limitBars(limitUses(limits({})), plainScreen);
    expect(text.split('\n')[0]).toBe('GPUs       [                    ] unknown, no limit');
  });

  test('nothing allowed and nothing used is not all used', () => {
    const none = limitUses(limits({ max_gpu_equivalents: 0 }, { ...usage, gpuEquivalents: 0 }));
    expect(limitBars(none, plainScreen).split('\n')[0]).toMatch(/0 of 0$/);
  });

  test('what one container may have, in sentences', () => {
    const text = limitSentences(some, plainScreen).replaceAll('\n', ' ');
    expect(text).toContain('A container may have 1 GPU slot, 8 CPUs, 32g memory, 4096 processes.');
    expect(text).toContain(
      'With a GPU it is stopped after it has run for 1d in all; you are warned',
    );
    expect(text).not.toContain('without activity');
    expect(text).toContain('Once it is stopped, its GPU is kept for 15m.');
    const free = limitSentences(limits({}), plainScreen);
    expect(free).toContain('It runs until you stop it.');
  });
});

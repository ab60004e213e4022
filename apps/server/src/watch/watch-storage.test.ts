import type { ControlPlaneDependencies } from '@ds01/control-plane';
import { expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { watchStorage } from './watch-storage.ts';

test('one look a minute, whatever fails, until it is told to end', async () => {
  const ending = new AbortController();
  const waited: number[] = [];
  const lines: string[] = [];
  const clock = {
    nowMs: () => 0,
    sleep: async (durationMs: number) => {
      waited.push(durationMs);
      if (waited.length === 3) ending.abort();
    },
  };
  // Every look fails, since there is nothing to look at.
  const nothing: Partial<ControlPlaneDependencies> = { clock: { ...clock, ...boot } };
  await watchStorage(nothing as ControlPlaneDependencies, {
    turns: { take: (_key, work) => work() },
    courier: { wake: () => undefined },
    log: createLog({ debug: false, write: (line) => lines.push(line) }),
    signal: ending.signal,
  });
  expect(waited).toEqual([120_000, 60_000, 60_000]);
  expect(lines.filter((line) => line.includes('space could not be measured'))).toHaveLength(2);
});

const boot = { bootMs: () => 0, bootId: () => 'boot' };

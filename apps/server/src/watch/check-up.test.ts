import type { ControlPlaneDependencies } from '@ds01/control-plane';
import { expect, test } from 'vitest';
import { checkUp } from './check-up.ts';
import { createLog } from '../log.ts';

test('what fails is written once, as long as it says the same', async () => {
  const ending = new AbortController();
  const waited: number[] = [];
  const lines: string[] = [];
  const clock = {
    nowMs: () => 0,
    bootMs: () => 0,
    bootId: () => 'this-one',
    sleep: async (durationMs: number) => {
      waited.push(durationMs);
      if (waited.length === 4) ending.abort();
    },
  };
  // Every check fails, since there is nothing to look at.
  const nothing: Partial<ControlPlaneDependencies> = { clock };
  const log = createLog({ debug: false, write: (line) => lines.push(line) });
  const gate = () => ({ installed: false, mode: null, message: 'no gate' });
  await checkUp(nothing as ControlPlaneDependencies, { gate, log, signal: ending.signal });
  expect(waited).toEqual([10_000, 600_000, 600_000, 600_000]);
  expect(lines.filter((line) => line.includes('"check":"gate"'))).toHaveLength(1);
  expect(lines.filter((line) => line.includes('"check":"engine"'))).toHaveLength(1);
});

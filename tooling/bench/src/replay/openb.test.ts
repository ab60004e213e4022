import { existsSync, readFileSync } from 'node:fs';
import { replay } from '@ds01/scheduler/replay';
import { expect, test } from 'vitest';
import { atLoad, openbFile, readOpenb, withWideTasks } from './openb.ts';

const rules = { half_life_days: 7, group_weights: {}, ageing_h: 72 };

test('pods that ask for whole GPUs and were scheduled are tasks', () => {
  const text = [
    'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time',
    'a,6000,12288,1,460,,LS,Running,427061,12902960,427061',
    'b,12000,16384,8,1000,,LS,Succeeded,100,7300,200',
    'c,12000,16384,1,1000,,LS,Pending,100,7300,',
    'd,12000,16384,0,0,,LS,Running,100,7300,100',
  ].join('\n');
  expect(readOpenb(text, 64).requests).toEqual([
    {
      id: 'b',
      user: '12000-16384',
      group: 'all',
      priority: 'normal',
      gpus: 8,
      submittedAtMs: 100_000,
      durationMs: 7_100_000,
      runtimeMs: 4 * 3_600_000,
    },
  ]);
});

test('wide tasks ask for as much as before', () => {
  const task = {
    id: 'a',
    user: 'u',
    group: 'all',
    priority: 'normal' as const,
    gpus: 1,
    submittedAtMs: 0,
    durationMs: 8000,
    runtimeMs: null,
  };
  const { requests } = withWideTasks({ gpus: 64, requests: [task, task] });
  expect(requests.map(({ gpus, durationMs }) => [gpus, durationMs])).toEqual([
    [8, 1000],
    [1, 8000],
  ]);
});

test.skipIf(!existsSync(openbFile))(
  'on a cluster’s tasks fair share with backfill starts all, sooner and more fairly than by age alone',
  () => {
    const trace = atLoad(readOpenb(readFileSync(openbFile, 'utf8'), 64), 1.2);
    const byAge = replay(trace, { ...rules, order: 'fifo' });
    const backfill = replay(trace, { ...rules, order: 'backfill' });
    expect(trace.requests).toHaveLength(3600);
    expect(backfill.requests.filter(({ startedAtMs }) => startedAtMs === null)).toEqual([]);
    expect(backfill.meanWaitMs).toBeLessThan(byAge.meanWaitMs / 2);
    expect(backfill.fairness).toBeGreaterThan(byAge.fairness + 0.2);
  },
);

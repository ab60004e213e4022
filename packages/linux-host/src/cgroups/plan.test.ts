import { expect, test } from 'vitest';
import { planVersion1, planVersion2 } from './plan.ts';

const owner = { root: '/ds01', group: 'student', slug: 'alice' };
const limits = {
  cpus: 1.5,
  memoryMaxBytes: 2 ** 30 + 1,
  memoryHighBytes: 2 ** 29,
  tasksMax: 512,
};
const none = { cpus: null, memoryMaxBytes: null, memoryHighBytes: null, tasksMax: null };
const written = (plan: ReturnType<typeof planVersion1>) =>
  Object.fromEntries(plan.settings.map(({ path, value }) => [path, value]));

test('version 1: these folders and files, and a notice for what it has no form of', () => {
  const plan = planVersion1(owner, limits);
  expect(plan.folders).toEqual([
    'cpu/ds01/student/alice',
    'memory/ds01/student/alice',
    'pids/ds01/student/alice',
  ]);
  expect(written(plan)).toEqual({
    'cpu/ds01/student/alice/cpu.cfs_period_us': '100000',
    'cpu/ds01/student/alice/cpu.cfs_quota_us': '150000',
    'memory/ds01/student/alice/memory.memsw.limit_in_bytes': '1073741824',
    'memory/ds01/student/alice/memory.limit_in_bytes': '1073741824',
    'pids/ds01/student/alice/pids.max': '512',
  });
  expect(plan.notices).toEqual([expect.stringContaining('aggregate.memory_high')]);
});

test('version 1: no limit is written as such, so that an older one goes', () => {
  const plan = planVersion1(owner, none);
  expect(Object.values(written(plan))).toEqual(['100000', '-1', '-1', '-1', 'max']);
  expect(plan.notices).toEqual([]);
});

test('version 2: controllers are handed down to the parent and these files written', () => {
  const plan = planVersion2(owner, limits);
  expect(plan).toMatchObject({
    folders: ['ds01/student/alice'],
    handedDown: [
      { path: 'cgroup.subtree_control', value: '+cpu +memory +pids' },
      { path: 'ds01/cgroup.subtree_control', value: '+cpu +memory +pids' },
      { path: 'ds01/student/cgroup.subtree_control', value: '+cpu +memory +pids' },
    ],
    notices: [],
  });
  expect(written(plan)).toEqual({
    'ds01/student/alice/cpu.max': '150000 100000',
    'ds01/student/alice/memory.max': '1073741824',
    'ds01/student/alice/memory.high': '536870912',
    'ds01/student/alice/pids.max': '512',
  });
  expect(Object.values(written(planVersion2(owner, none)))).toEqual([
    'max 100000',
    'max',
    'max',
    'max',
  ]);
});

test('a quota is never below what the kernel takes', () => {
  const plan = planVersion1(owner, { ...none, cpus: 0.0001 });
  expect(written(plan)['cpu/ds01/student/alice/cpu.cfs_quota_us']).toBe('1000');
});

test('version 2: builds lie below their user, who hands the controllers down to them', () => {
  const plan = planVersion2({ ...owner, part: 'builds' }, limits);
  expect(plan.folders).toEqual(['ds01/student/alice/builds']);
  expect(plan.handedDown.at(-1)).toEqual({
    path: 'ds01/student/alice/cgroup.subtree_control',
    value: '+cpu +memory +pids',
  });
});

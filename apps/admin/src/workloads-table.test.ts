import { plainScreen } from '@ds01/command-line';
import { expect, test } from 'vitest';
import { workloadsByUser, workloadsTable } from './workloads-table.ts';

type Answer = Parameters<typeof workloadsTable>[0];

const container: Answer['workloads'][number] = {
  kind: 'managed',
  name: 'thesis._.alice',
  user: 'alice',
  state: 'running',
  slots: ['0:1'],
  image: 'ds01/busybox',
  startedAt: '2026-01-02T03:04:05.000Z',
  gpuMemoryBytes: null,
};
const process: Answer['workloads'][number] = {
  ...container,
  kind: 'host-process',
  name: 'python3 (pid 7)',
  user: null,
  slots: ['1'],
  image: null,
  gpuMemoryBytes: 3 * 2 ** 30,
};
const answer: Answer = {
  workloads: [container, process],
  hostProcesses: [
    {
      pid: 7,
      user: null,
      program: 'python3',
      slot: '1',
      device: 'GPU-1',
      memoryBytes: 3 * 2 ** 30,
      startedAt: null,
      leaseOf: 'bob',
    },
  ],
};

test('workloads have their kind, and whom a process of the host disturbs is said', () => {
  const lines = workloadsTable(answer, plainScreen).split('\n');
  expect(lines.map((line) => line.trim().split(/ {2,}/).slice(0, 6))).toEqual([
    ['KIND', 'USER', 'NAME', 'STATE', 'GPU', 'GPU MEMORY'],
    ['managed', 'alice', 'thesis._.alice', 'running', '0:1', '-'],
    ['host-process', '-', 'python3 (pid 7)', 'running', '1', '3.0 GiB'],
    ['! python3 (pid 7) computes on GPU 1, which bob has leased'],
  ]);
});

test('by user, those of nobody known come last', () => {
  const text = workloadsByUser(answer, plainScreen);
  expect(text).toMatch(/^alice: 1, 1 GPU slot[^]*\(nobody known\): 1, 1 GPU slot/);
});

test('without any it says so', () => {
  expect(workloadsTable({ workloads: [], hostProcesses: [] }, plainScreen)).toBe('nothing runs');
});

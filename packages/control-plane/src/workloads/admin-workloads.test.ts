import type { GpuProcess } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { planted } from '../testing/adoption.ts';
import { deployed } from '../testing/commands.ts';
import { foreignContainer, gpusFlag } from '../testing/foreign.ts';
import { gpu, host, migGpu } from '../testing/gpus.ts';
import { alice } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';
import { adminWorkloads } from './admin-workloads.ts';

function computing(pid: number, gpuInstanceId: number | null = null): GpuProcess {
  const computeInstanceId = gpuInstanceId === null ? null : 0;
  const name = 'python3 --password secret';
  return { pid, name, kind: 'C', memoryBytes: 2 ** 30, gpuInstanceId, computeInstanceId };
}

test('whatever made it, everything that runs is listed by its kind', async () => {
  const world = createWorld({ gpus: host(gpu(0), gpu(1), gpu(2)), accounts: [alice.owner] });
  await deployed(world, 'mine');
  const compose = { 'com.docker.compose.project': 'site', 'com.docker.compose.service': 'web' };
  const devcontainer = { 'devcontainer.local_folder': '/home/alice/thesis' };
  await planted(world, foreignContainer(1, { labels: compose }));
  await planted(world, foreignContainer(2, { labels: devcontainer }));
  await planted(world, foreignContainer(3, gpusFlag({ deviceIds: ['2'] })));
  await planted(world, foreignContainer(4, { state: 'exited' }));
  const { workloads, hostProcesses } = await adminWorkloads(world.deps());
  expect(hostProcesses).toEqual([]);
  expect(workloads.map(({ name, kind, state, slots }) => [name, kind, state, slots])).toEqual([
    ['foreign-1', 'compose', 'running', []],
    ['foreign-2', 'devcontainer', 'running', []],
    ['foreign-3', 'docker', 'running', ['2']],
    ['foreign-4', 'docker', 'stopped', []],
    [expect.stringMatching(/^mine\._\./), 'managed', 'running', expect.any(Array)],
  ]);
});

test('a process of the host is listed with its program’s name alone, once it is of some age', async () => {
  const world = createWorld({ accounts: [alice.owner] });
  const busy = { ...migGpu(0), processes: [computing(4000, 2)] };
  world.probe.set(host(busy, gpu(1, { processes: [computing(4001)] })));
  const nowMs = world.clock.nowMs();
  const { uid } = alice.owner;
  world.hostProcesses.set(4000, {
    pid: 4000,
    uid,
    program: 'python3',
    startedAtMs: nowMs - 60_000,
  });
  world.hostProcesses.set(4001, { pid: 4001, uid, program: 'python3', startedAtMs: nowMs - 1000 });
  const { workloads, hostProcesses } = await adminWorkloads(world.deps());
  expect(hostProcesses).toEqual([
    {
      pid: 4000,
      user: 'alice',
      program: 'python3',
      slot: '0:1',
      device: busy.uuid,
      memoryBytes: 2 ** 30,
      startedAt: new Date(nowMs - 60_000).toISOString(),
      leaseOf: null,
    },
  ]);
  expect(workloads).toMatchObject([
    { kind: 'host-process', name: 'python3 (pid 4000)', user: 'alice', slots: ['0:1'] },
  ]);
  expect(JSON.stringify(workloads)).not.toContain('secret');
});

import { usernameSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { containerResources } from './container-resources.ts';
import { aggregateLimits, allocationPolicy, showHoldersOf } from './derived-limits.ts';
import { loadPolicy } from './load-policy.ts';
import { resolveLimits } from './resolve-limits.ts';
import { loadSiteSettings } from './site-settings.ts';

const gibibyte = 1024 ** 3;
const bigHost = { cpuCount: 128, memoryBytes: 1024 * gibibyte };

function resolve(limits: string) {
  const { policy, problems } = loadPolicy([{ path: 'resource-limits.yaml', text: limits }]);
  if (policy === null) throw new Error(JSON.stringify(problems));
  return { policy, resolved: resolveLimits(policy, usernameSchema.parse('alice')).resolved };
}

describe('one container', () => {
  test('gets the limits in the units of the engine', () => {
    const { resolved } = resolve(
      'defaults:\n  max_cpus: 1.5\n  memory: 8g\n  memory_swap: 12g\n  shm_size: 512m\n' +
        '  pids_limit: 100\n  io_read_bps: 100m\n  io_write_bps: 5mb/s\n  ulimit_nofile: 1024:4096\n' +
        '  storage_tmp: 2g\n  storage_container: 20g\n',
    );
    expect(containerResources(resolved, bigHost)).toEqual({
      notices: [],
      resources: {
        nanoCpus: 1_500_000_000,
        memoryBytes: 8 * gibibyte,
        memorySwapBytes: 12 * gibibyte,
        shmSizeBytes: gibibyte / 2,
        pidsLimit: 100,
        ulimits: [{ name: 'nofile', soft: 1024, hard: 4096 }],
        blockIo: { readBps: 100 * 1024 ** 2, writeBps: 5 * 1024 ** 2 },
        tmpfs: { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${2 * gibibyte}` },
        storageBytes: 20 * gibibyte,
        log: { type: 'json-file', options: { 'max-size': '50m', 'max-file': '3' } },
      },
    });
  });

  test('is clamped to the host, with a notice for each limit, and keeps its swap allowance', () => {
    const { resolved } = resolve('defaults:\n  max_cpus: 32\n  memory: 64g\n  memory_swap: 80g\n');
    const host = { cpuCount: 8, memoryBytes: 16 * gibibyte };
    const { resources, notices } = containerResources(resolved, host);
    expect(resources.nanoCpus).toBe(8e9);
    expect(resources.memoryBytes).toBe(16 * gibibyte);
    expect(resources.memorySwapBytes).toBe(32 * gibibyte);
    expect(notices.map(({ key, by, allowed, given }) => [key, by, allowed, given])).toEqual([
      ['max_cpus', 'host', 32, 8],
      ['memory', 'host', 64 * gibibyte, 16 * gibibyte],
    ]);
    expect(notices.map(({ message }) => message)).toEqual([
      'max_cpus 32 is more than the host has: 8 is given.',
      'memory 64 GiB is more than the host has: 16 GiB is given.',
    ]);
  });

  test('is clamped to the aggregate where that is less than the host', () => {
    const { resolved } = resolve(
      'defaults:\n  memory: 32g\n  aggregate:\n    cpu_quota: 150%\n    memory_max: 1G\n',
    );
    const { resources, notices } = containerResources(resolved, bigHost);
    expect(resources.nanoCpus).toBe(1.5e9);
    expect(resources.memoryBytes).toBe(gibibyte);
    expect(resources.memorySwapBytes).toBe(gibibyte);
    expect(notices.map(({ by }) => by)).toEqual(['aggregate', 'aggregate']);
  });

  test('without limits leaves the fields to the engine, but never doubles the memory by swap', () => {
    const open = resolve('defaults:\n  max_cpus: null\n  memory: none\n  pids_limit: unlimited\n');
    const { resources, notices } = containerResources(open.resolved, bigHost);
    expect(notices).toEqual([]);
    expect([resources.nanoCpus, resources.memoryBytes, resources.memorySwapBytes]).toEqual([
      null,
      null,
      null,
    ]);
    expect(resources.pidsLimit).toBeNull();
    const swap = resolve('defaults:\n  memory: 1g\n  memory_swap: unlimited\n');
    expect(containerResources(swap.resolved, bigHost).resources.memorySwapBytes).toBe(-1);
  });
});

describe('all containers of a user', () => {
  test('get their limits in the units of cgroups and systemd', () => {
    const { resolved } = resolve(
      'defaults:\n  max_gpu_equivalents: 4\n  aggregate:\n    cpu_quota: "9600%"\n' +
        '    memory_max: 96G\n    memory_high: 86G\n    tasks_max: 12288\n    gpu_limit: 2.5\n',
    );
    expect(aggregateLimits(resolved)).toEqual({
      cpuQuota: '9600%',
      cpuQuotaMicros: 9_600_000,
      cpuPeriodMicros: 100_000,
      memoryMaxBytes: 96 * gibibyte,
      memoryHighBytes: 86 * gibibyte,
      tasksMax: 12_288,
      gpuLimit: 2.5,
    });
  });

  test.each([
    ['max_gpu_equivalents: 1\n  aggregate: {gpu_limit: 2}', 1],
    ['max_gpu_equivalents: null\n  aggregate: {gpu_limit: 2}', 2],
    ['max_gpu_equivalents: 3\n  aggregate: {gpu_limit: unlimited}', 3],
    ['max_gpu_equivalents: null', null],
  ])('have the smaller one of two GPU limits: %j', (lines, limit) => {
    expect(aggregateLimits(resolve(`defaults:\n  ${lines}\n`).resolved).gpuLimit).toBe(limit);
  });

  test('have the task limit of max_tasks where the aggregate says nothing', () => {
    const { resolved } = resolve('defaults:\n  max_tasks: 500\n');
    expect(aggregateLimits(resolved).tasksMax).toBe(500);
    const none = resolve('defaults:\n  max_tasks: 500\n  aggregate:\n    tasks_max: null\n');
    expect(aggregateLimits(none.resolved).tasksMax).toBeNull();
  });
});

test('the allocator gets the GPU limits and the strategy of the site', () => {
  const { policy, resolved } = resolve(
    'defaults:\n  allow_full_gpu: no\n  max_gpu_slots_per_container: 2\n  max_gpu_equivalents: 0.5\n' +
      'gpu_allocation:\n  strategy: topology\n',
  );
  expect(allocationPolicy(policy, resolved)).toEqual({
    user: 'alice',
    group: resolved.group,
    strategy: 'topology',
    maxGpuEquivalents: 0.5,
    aggregateGpuLimit: null,
    maxSlotsPerContainer: 2,
    allowFullGpu: false,
  });
});

test('who sees holders is said by ds01.yaml, then by access_control, then it is everybody', () => {
  const shown = (limits: string, site: string) => {
    const { settings } = loadSiteSettings({ path: 'ds01.yaml', text: site });
    return settings === null ? null : showHoldersOf(resolve(limits).policy, settings);
  };
  const groups = 'access_control:\n  show_holders: groups\n';
  expect(shown(groups, 'show_holders: none\n')).toBe('none');
  expect(shown(groups, '')).toBe('groups');
  expect(shown('', '')).toBe('names');
});

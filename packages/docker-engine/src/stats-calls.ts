import type { ContainerEngine, ContainerStats } from '@ds01/ports';
import type Docker from 'dockerode';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { containerPath } from './object-paths.ts';
import { listOf } from './wire.ts';
import { detailsSchema } from './wire-container.ts';

const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

const cpuSchema = z.object({
  cpu_usage: z.object({ total_usage: count, percpu_usage: listOf(z.number()) }),
  system_cpu_usage: count,
  online_cpus: count,
});

const statsSchema = z.object({
  cpu_stats: cpuSchema,
  precpu_stats: cpuSchema,
  memory_stats: z.object({ usage: count, stats: z.record(z.string(), z.number()).nullish() }),
  pids_stats: z.object({ current: count }).nullish(),
  networks: z.record(z.string(), z.object({ rx_bytes: count, tx_bytes: count })).nullish(),
  blkio_stats: z
    .object({ io_service_bytes_recursive: listOf(z.object({ op: z.string(), value: count })) })
    .nullish(),
});
type Stats = z.infer<typeof statsSchema>;

const nothing: ContainerStats = {
  cpuPercent: 0,
  memoryBytes: 0,
  memoryLimitBytes: null,
  pids: 0,
  networkReceivedBytes: 0,
  networkSentBytes: 0,
  blockReadBytes: 0,
  blockWrittenBytes: 0,
};

/**
 * One reading of a container's use, computed as `docker stats` does: CPU between two readings of
 * the engine's collector, memory without inactive page cache. Engine 20.10 waits for two ticks of
 * that collector (1 s and about 4.5 ms for each running container), also for `one-shot`; for many
 * containers read the cgroup files.
 */
export function createStatsCalls(
  api: EngineApi,
  dockerode: () => Promise<Docker>,
): Pick<ContainerEngine, 'stats'> {
  return {
    async stats(id, options) {
      const path = containerPath(id, '/json');
      const signal = options?.signal;
      const details = await api.read(detailsSchema, { method: 'GET', path, signal });
      const memoryLimitBytes = details.resources.memoryBytes ?? null;
      if (details.pid === null) return { ...nothing, memoryLimitBytes };
      const docker = await dockerode();
      const request: { stream: false; abortSignal?: AbortSignal } = { stream: false };
      if (signal !== undefined) request.abortSignal = signal;
      const answer: unknown = await docker.getContainer(id).stats(request);
      const parsed = statsSchema.safeParse(answer);
      return parsed.success
        ? { ...readingOf(parsed.data), memoryLimitBytes }
        : { ...nothing, memoryLimitBytes };
    },
  };
}

function readingOf(stats: Stats): Omit<ContainerStats, 'memoryLimitBytes'> {
  const networks = Object.values(stats.networks ?? {});
  const blocks = stats.blkio_stats?.io_service_bytes_recursive ?? [];
  const moved = (operation: string): number =>
    sum(blocks.filter((row) => row.op.toLowerCase() === operation).map((row) => row.value));
  const cache = stats.memory_stats.stats;
  const inactive = cache?.['total_inactive_file'] ?? cache?.['inactive_file'] ?? 0;
  return {
    cpuPercent: cpuPercentOf(stats),
    memoryBytes: Math.max(stats.memory_stats.usage - inactive, 0),
    pids: stats.pids_stats?.current ?? 0,
    networkReceivedBytes: sum(networks.map((network) => network.rx_bytes)),
    networkSentBytes: sum(networks.map((network) => network.tx_bytes)),
    blockReadBytes: moved('read'),
    blockWrittenBytes: moved('write'),
  };
}

function cpuPercentOf({ cpu_stats: now, precpu_stats: before }: Stats): number {
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const passed = now.system_cpu_usage - before.system_cpu_usage;
  const cpus = now.online_cpus > 0 ? now.online_cpus : now.cpu_usage.percpu_usage.length;
  return used > 0 && passed > 0 ? (used / passed) * cpus * 100 : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

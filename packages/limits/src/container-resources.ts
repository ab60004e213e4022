import type { LimitKey, ResolvedLimits } from '@ds01/contracts';
import { aggregateLimits, limitBytes } from './derived-limits.ts';

/** What the host has. */
export interface HostCapacity {
  readonly cpuCount: number;
  readonly memoryBytes: number;
}

/** A limit that was lowered to what the host or the user's aggregate has. */
export interface ClampNotice {
  readonly key: LimitKey;
  readonly by: 'host' | 'aggregate';
  /** The limit as CPUs or bytes. */
  readonly allowed: number;
  /** What the container gets, as CPUs or bytes. */
  readonly given: number;
  /** One sentence for people. */
  readonly message: string;
}

/**
 * One container's limits in the engine's units. `null` is no limit, and the field is left out of
 * the request; the cgroup parent comes from elsewhere.
 */
export interface ContainerResources {
  /** Billionths of a CPU. */
  readonly nanoCpus: number | null;
  readonly memoryBytes: number | null;
  /**
   * Memory and swap together. Never `null` when there is a memory limit (the engine would allow
   * twice the memory); -1 is unlimited swap.
   */
  readonly memorySwapBytes: number | null;
  readonly shmSizeBytes: number;
  readonly pidsLimit: number | null;
  readonly ulimits: readonly {
    readonly name: string;
    readonly soft: number;
    readonly hard: number;
  }[];
  /** Bytes a second; the caller knows the block device. */
  readonly blockIo: { readonly readBps: number | null; readonly writeBps: number | null };
  /** Mount point -> options of a tmpfs. */
  readonly tmpfs: Readonly<Record<string, string>>;
  /** Size of the writable layer. */
  readonly storageBytes: number | null;
  readonly log: {
    readonly type: 'json-file';
    readonly options: Readonly<Record<'max-size' | 'max-file', string>>;
  };
}

/** What a container may have at most on this host. */
export interface ContainerResourcesResult {
  readonly resources: ContainerResources;
  readonly notices: readonly ClampNotice[];
}

const billion = 1e9;

/**
 * The limits of one container of a user. CPUs and memory above the host's or the user's aggregate
 * are clamped, each with a notice: on cgroup v1 a container above its parent can't start.
 */
export function containerResources(
  resolved: ResolvedLimits,
  host: HostCapacity,
): ContainerResourcesResult {
  const { limits } = resolved;
  const aggregate = aggregateLimits(resolved);
  const notices: ClampNotice[] = [];
  const aggregateCpus =
    aggregate.cpuQuotaMicros === null ? null : aggregate.cpuQuotaMicros / aggregate.cpuPeriodMicros;
  const cpus = clamp(limits.max_cpus.value, {
    key: 'max_cpus',
    host: host.cpuCount,
    aggregate: aggregateCpus,
    notices,
  });
  const wantedMemory = limitBytes(limits.memory.value);
  const memoryBytes = clamp(wantedMemory, {
    key: 'memory',
    host: host.memoryBytes,
    aggregate: aggregate.memoryMaxBytes,
    notices,
  });
  const tmp = limitBytes(limits.storage_tmp.value);
  return {
    notices,
    resources: {
      nanoCpus: cpus === null ? null : Math.round(cpus * billion),
      memoryBytes,
      memorySwapBytes: swapFor(limitBytes(limits.memory_swap.value), wantedMemory, memoryBytes),
      shmSizeBytes: limitBytes(limits.shm_size.value) ?? 0,
      pidsLimit: limits.pids_limit.value,
      ulimits: openFilesLimit(limits.ulimit_nofile.value),
      blockIo: {
        readBps: limitBytes(limits.io_read_bps.value),
        writeBps: limitBytes(limits.io_write_bps.value),
      },
      // Without `exec` the engine mounts it noexec, and builds in /tmp fail.
      tmpfs: tmp === null ? {} : { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${tmp}` },
      storageBytes: limitBytes(limits.storage_container.value),
      log: { type: 'json-file', options: { 'max-size': '50m', 'max-file': '3' } },
    },
  };
}

interface ClampOptions {
  readonly key: 'max_cpus' | 'memory';
  readonly host: number;
  readonly aggregate: number | null;
  readonly notices: ClampNotice[];
}

function clamp(value: number | null, options: ClampOptions): number | null {
  if (value === null) return null;
  const { key, host, aggregate, notices } = options;
  const by = aggregate !== null && aggregate < host ? 'aggregate' : 'host';
  const ceiling = by === 'aggregate' ? (aggregate ?? host) : host;
  if (value <= ceiling) return value;
  const show = (amount: number) =>
    key === 'memory' ? `${Math.round((amount / 1024 ** 3) * 10) / 10} GiB` : String(amount);
  const whose = by === 'host' ? 'the host has' : 'the user’s containers may have together';
  notices.push({
    key,
    by,
    allowed: value,
    given: ceiling,
    message: `${key} ${show(value)} is more than ${whose}: ${show(ceiling)} is given.`,
  });
  return ceiling;
}

/** The swap allowance on top of the memory stays what it was when memory is clamped. */
function swapFor(swap: number | null, wanted: number | null, memory: number | null): number | null {
  if (memory === null || wanted === null) return null;
  return swap === null ? -1 : memory + Math.max(0, swap - wanted);
}

function openFilesLimit(value: string | null): ContainerResources['ulimits'] {
  if (value === null) return [];
  const [soft = 0, hard = soft] = value.split(':').map(Number);
  return [{ name: 'nofile', soft, hard }];
}

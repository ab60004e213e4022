import { ds01Error, formatBytes, type Ds01Error, type LimitKey } from '@ds01/contracts';
import {
  limitBytes,
  type ClampNotice,
  type ContainerResources,
  type ContainerResourcesResult,
  type HostCapacity,
} from '@ds01/limits';
import type { UserPolicy } from '../policy.ts';
import { originText } from '../refusal.ts';

/** What a person asks for; `null` is what the limits give. */
export interface AskedResources {
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
  readonly shmSizeBytes: number | null;
}

const nanosPerCpu = 1e9;
/** The engine refuses less. */
const leastCpus = 0.01;
const leastMemoryBytes = 6 * 2 ** 20;

/**
 * The resources of one container: what was asked for, never more than the owner's limits
 * (`quota.cpus-exceeded`, `quota.memory-exceeded`), and not more than the host has.
 */
export function grantedResources(
  user: UserPolicy,
  asked: AskedResources,
  host: HostCapacity & { readonly usedMemoryBytes?: number | null },
): ContainerResourcesResult {
  checkAsked(user, asked, host.usedMemoryBytes ?? null);
  const limit = user.resources(host);
  const { resources } = limit;
  const cpus = asked.cpus === null ? null : Math.min(asked.cpus, host.cpuCount);
  const memoryBytes =
    asked.memoryBytes === null ? null : Math.min(asked.memoryBytes, host.memoryBytes);
  const lowered = loweredTo(host, asked);
  return {
    notices: [
      // A lowered limit says nothing to who asked for less.
      ...limit.notices.filter(
        ({ key }) =>
          !(key === 'max_cpus' && cpus !== null) && !(key === 'memory' && memoryBytes !== null),
      ),
      ...lowered,
    ],
    resources: {
      ...resources,
      nanoCpus: cpus === null ? resources.nanoCpus : Math.round(cpus * nanosPerCpu),
      memoryBytes: memoryBytes ?? resources.memoryBytes,
      memorySwapBytes:
        memoryBytes === null ? resources.memorySwapBytes : swapFor(user, resources, memoryBytes),
      shmSizeBytes: asked.shmSizeBytes ?? resources.shmSizeBytes,
    },
  };
}

/** What was asked for and is allowed, but isn't in this server. */
function loweredTo(host: HostCapacity, { cpus, memoryBytes }: AskedResources) {
  const notices: ClampNotice[] = [];
  if (cpus !== null && cpus > host.cpuCount) {
    notices.push({
      key: 'max_cpus',
      by: 'host',
      allowed: cpus,
      given: host.cpuCount,
      message: `${cpus} CPUs were asked for; the server has ${host.cpuCount}, which are given.`,
    });
  }
  if (memoryBytes !== null && memoryBytes > host.memoryBytes) {
    const [wanted, given] = [memoryBytes, host.memoryBytes].map(formatBytes);
    notices.push({
      key: 'memory',
      by: 'host',
      allowed: memoryBytes,
      given: host.memoryBytes,
      message: `${wanted} of memory were asked for; the server has ${given}, which are given.`,
    });
  }
  return notices;
}

/** The swap allowance on top of the memory stays what it is without asking; -1 is unlimited. */
function swapFor(user: UserPolicy, resources: ContainerResources, memoryBytes: number): number {
  const limit = limitBytes(user.resolved.limits.memory_swap.value);
  if (limit === null) return -1;
  if (resources.memoryBytes === null || resources.memorySwapBytes === null) {
    return Math.max(limit, memoryBytes);
  }
  return memoryBytes + Math.max(0, resources.memorySwapBytes - resources.memoryBytes);
}

interface Ceiling {
  readonly key: LimitKey;
  readonly allowed: number | null;
  /** What is used of it now, where that is known; a container's own limit is used by nobody yet. */
  readonly used?: number | null;
}

function checkAsked(user: UserPolicy, asked: AskedResources, usedMemoryBytes: number | null): void {
  const { limits } = user.resolved;
  if (asked.cpus !== null) {
    if (!Number.isFinite(asked.cpus) || asked.cpus < leastCpus) {
      throw invalid(`A container needs at least ${leastCpus} CPUs.`, '--cpus 1');
    }
    refuseAbove(user, asked.cpus, {
      code: 'quota.cpus-exceeded',
      show: (cpus) => (cpus === 1 ? '1 CPU' : `${cpus} CPUs`),
      ceilings: [
        { key: 'max_cpus', allowed: limits.max_cpus.value },
        { key: 'aggregate.cpu_quota', allowed: user.aggregate.cpus },
      ],
    });
  }
  if (asked.memoryBytes !== null) {
    if (!Number.isSafeInteger(asked.memoryBytes) || asked.memoryBytes < leastMemoryBytes) {
      throw invalid(`A container needs at least ${formatBytes(leastMemoryBytes)}.`, '--memory 1g');
    }
    refuseAbove(user, asked.memoryBytes, {
      code: 'quota.memory-exceeded',
      show: (bytes) => `${formatBytes(bytes)} of memory`,
      ceilings: [
        { key: 'memory', allowed: limitBytes(limits.memory.value) },
        {
          key: 'aggregate.memory_max',
          allowed: user.aggregate.memoryMaxBytes,
          used: usedMemoryBytes,
        },
      ],
    });
  }
  if (asked.shmSizeBytes !== null) {
    if (!Number.isSafeInteger(asked.shmSizeBytes) || asked.shmSizeBytes < 1) {
      throw invalid('The size of /dev/shm is no size.', '--shm-size 1g');
    }
    refuseAbove(user, asked.shmSizeBytes, {
      code: 'quota.memory-exceeded',
      show: (bytes) => `${formatBytes(bytes)} of /dev/shm`,
      ceilings: [{ key: 'shm_size', allowed: limitBytes(limits.shm_size.value) }],
    });
  }
}

function refuseAbove(
  user: UserPolicy,
  asked: number,
  rule: {
    readonly code: 'quota.cpus-exceeded' | 'quota.memory-exceeded';
    readonly show: (amount: number) => string;
    readonly ceilings: readonly Ceiling[];
  },
): void {
  for (const { key, allowed, used = null } of rule.ceilings) {
    if (allowed === null || asked <= allowed) continue;
    const origin = `${originText(user.resolved, key)}, key ${key}`;
    const scope = key.startsWith('aggregate.') ? 'all containers together' : 'each container';
    const inUse = used === null ? '' : ` (in use now: ${rule.show(used)})`;
    throw ds01Error(rule.code, {
      message:
        `${rule.show(asked)} were asked for; ${user.resolved.user} may have ` +
        `${rule.show(allowed)} for ${scope}${inUse}. The limit is set in ${origin}.`,
      hint: 'ds01 limits show',
      details: { key, used, asked, allowed, limit: origin },
    });
  }
}

function invalid(message: string, flag: string): Ds01Error {
  return ds01Error('usage.invalid', { message, hint: `ds01 container deploy thesis ${flag}` });
}

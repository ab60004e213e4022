import type { AggregateLimits } from '@ds01/ports';

/** A limit as a file of the kernel. */
export interface CgroupSetting {
  /** Folder and file below the cgroup mount, without a leading slash. */
  readonly path: string;
  readonly value: string;
  /** What it limits, for people. */
  readonly subject: 'cpus' | 'memory' | 'memory and swap' | 'tasks' | 'memory (soft)';
}

/** What has to be made and written for one user, in this order. Paths are below the cgroup mount. */
export interface CgroupPlan {
  readonly folders: readonly string[];
  /** Controllers to hand down (version 2), by folder; the mount itself is the empty path. */
  readonly handedDown: readonly { readonly path: string; readonly value: string }[];
  readonly settings: readonly CgroupSetting[];
  readonly notices: readonly string[];
}

/** Whose cgroup, below which root (`/ds01`). */
export interface CgroupOwner {
  readonly root: string;
  readonly group: string;
  readonly slug: string;
  /** The part for the steps of builds, below the user's own. */
  readonly part?: 'builds';
}

const periodMicroseconds = 100_000;
/** Smallest quota that the kernel takes (sched-bwc). */
const minQuotaMicroseconds = 1000;
const pageBytes = 4096;

/**
 * The files of cgroup v1 (kernel documentation, cgroup-v1: memory, pids; scheduler/sched-bwc). The
 * memory files stand in the order for raising; a lowering goes the other way round.
 */
export function planVersion1(owner: CgroupOwner, limits: AggregateLimits): CgroupPlan {
  const below = (controller: string) => `${controller}${pathOf(owner)}`;
  const memory = bytesOf(limits.memoryMaxBytes) ?? '-1';
  return {
    folders: ['cpu', 'memory', 'pids'].map(below),
    handedDown: [],
    settings: [
      {
        path: `${below('cpu')}/cpu.cfs_period_us`,
        value: String(periodMicroseconds),
        subject: 'cpus',
      },
      {
        path: `${below('cpu')}/cpu.cfs_quota_us`,
        value: quotaOf(limits.cpus) ?? '-1',
        subject: 'cpus',
      },
      {
        path: `${below('memory')}/memory.memsw.limit_in_bytes`,
        value: memory,
        subject: 'memory and swap',
      },
      { path: `${below('memory')}/memory.limit_in_bytes`, value: memory, subject: 'memory' },
      {
        path: `${below('pids')}/pids.max`,
        value: String(limits.tasksMax ?? 'max'),
        subject: 'tasks',
      },
    ],
    notices:
      limits.memoryHighBytes === null
        ? []
        : ['aggregate.memory_high has no form on cgroup v1 and is not enforced here'],
  };
}

/** The files of cgroup v2 (kernel documentation, cgroup-v2). */
export function planVersion2(owner: CgroupOwner, limits: AggregateLimits): CgroupPlan {
  const leaf = pathOf(owner).slice(1);
  const above = leaf.split('/').slice(0, -1);
  const ancestors = above.map((_, index) => above.slice(0, index + 1).join('/'));
  return {
    folders: [leaf],
    handedDown: ['', ...ancestors].map((folder) => ({
      path: `${folder === '' ? '' : `${folder}/`}cgroup.subtree_control`,
      value: '+cpu +memory +pids',
    })),
    settings: [
      {
        path: `${leaf}/cpu.max`,
        value: `${quotaOf(limits.cpus) ?? 'max'} ${periodMicroseconds}`,
        subject: 'cpus',
      },
      {
        path: `${leaf}/memory.max`,
        value: bytesOf(limits.memoryMaxBytes) ?? 'max',
        subject: 'memory',
      },
      {
        path: `${leaf}/memory.high`,
        value: bytesOf(limits.memoryHighBytes) ?? 'max',
        subject: 'memory (soft)',
      },
      { path: `${leaf}/pids.max`, value: String(limits.tasksMax ?? 'max'), subject: 'tasks' },
    ],
    notices: [],
  };
}

/** The cgroup parent to give to an engine with the cgroupfs driver. */
export function pathOf({ root, group, slug, part }: CgroupOwner): string {
  return `${root}/${group}/${slug}${part === undefined ? '' : `/${part}`}`;
}

/**
 * The cgroup parent to give to an engine with systemd's driver: slices lie in each other by their
 * dashes (systemd.slice(5)), which no group and no slug contains.
 */
export function sliceOf({ group, slug, part }: CgroupOwner): string {
  return `ds01-${group}-${slug}${part === undefined ? '' : `-${part}`}.slice`;
}

/** Whole pages, as the kernel shows them afterwards. */
function bytesOf(bytes: number | null): string | null {
  return bytes === null ? null : String(Math.floor(bytes / pageBytes) * pageBytes);
}

function quotaOf(cpus: number | null): string | null {
  if (cpus === null) return null;
  return String(Math.max(minQuotaMicroseconds, Math.round(cpus * periodMicroseconds)));
}

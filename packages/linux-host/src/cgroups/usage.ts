import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { UsageMeter, UsageReading } from '@ds01/ports';
import { systemCodeOf } from '../storage-errors.ts';
import { pathOf } from './plan.ts';
import type { CgroupFacts } from './user-cgroups.ts';

/** Where to read. */
export interface UsageMeterOptions {
  /** Path of the folder in the cgroup tree that holds the parents of users: `/ds01`. */
  readonly root: string;
  readonly detect: () => Promise<CgroupFacts>;
  /** Where the cgroup file systems are mounted; `/sys/fs/cgroup` unless given. */
  readonly mount?: string;
  /** Where the process file system is mounted; `/proc` unless given. */
  readonly processes?: string;
}

/** The text of a file, or `null` without such a file. */
type ReadText = (path: string) => string | null;

/**
 * Reads what is used from the kernel's own counters (kernel documentation: cgroup-v1 cpuacct, memory,
 * pids and blkio-controller; cgroup-v2; proc(5) for `net/dev`): no call of the engine, some ten small
 * files for each container.
 */
export function createUsageMeter(options: UsageMeterOptions): UsageMeter {
  const { root, detect, mount = '/sys/fs/cgroup', processes = '/proc' } = options;
  return {
    async ofContainer({ id, cgroupParent, ownNetwork }) {
      const facts = await detect();
      const folder =
        facts.driver === 'systemd'
          ? `${sliceFolder(cgroupParent)}/docker-${id}.scope`
          : `${cgroupParent}/${id}`;
      const reading = readFolder({ mount, folder, version: facts.version });
      if (reading === null) return null;
      const tree = facts.version === 2 ? mount : `${mount}/pids`;
      return ownNetwork
        ? { ...reading, ...readNetwork(`${tree}${folder}/cgroup.procs`, processes) }
        : reading;
    },
    async ofUser({ group, slug }) {
      const { version, driver } = await detect();
      const folder =
        driver === 'systemd'
          ? sliceFolder(`ds01-${group}-${slug}.slice`)
          : pathOf({ root, group, slug });
      return readFolder({ mount, folder, version });
    },
  };
}

/** Systemd's slices lie in each other by their dashes (systemd.slice(5)); a container's parent first. */
function sliceFolder(slice: string): string {
  const parts = slice.replace(/\.slice$/, '').split('-');
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('-')}.slice`).join('');
}

interface Folder {
  readonly mount: string;
  /** Below the mount (version 2) or below each controller's (version 1); starts with a slash. */
  readonly folder: string;
  readonly version: 1 | 2;
}

function readFolder(at: Folder): UsageReading | null {
  const reading = at.version === 2 ? readVersion2(at) : readVersion1(at);
  return reading.cpuTimeMs === null && reading.pids === null ? null : reading;
}

const noNetwork = { networkReceivedBytes: null, networkSentBytes: null };

function readVersion1({ mount, folder }: Folder): UsageReading {
  const read = (controller: string, file: string): string | null =>
    textOf(`${mount}/${controller}${folder}/${file}`);
  const nanoseconds = numberIn(read('cpuacct', 'cpuacct.usage'));
  const atMs = performance.now();
  const quota = numberIn(read('cpu', 'cpu.cfs_quota_us'));
  const period = numberIn(read('cpu', 'cpu.cfs_period_us'));
  const blocks = read('blkio', 'blkio.throttle.io_service_bytes_recursive');
  return {
    atMs,
    cpuTimeMs: nanoseconds === null ? null : nanoseconds / 1e6,
    cpusLimit: quota === null || period === null || quota <= 0 ? null : quota / period,
    ...memoryOf({
      used: read('memory', 'memory.usage_in_bytes'),
      limit: read('memory', 'memory.limit_in_bytes'),
      statistics: read('memory', 'memory.stat'),
      inactive: 'total_inactive_file',
    }),
    ...pidsOf((file) => read('pids', file)),
    blockReadBytes: sumOf(blocks, /^\d+:\d+ Read (\d+)$/gm),
    blockWrittenBytes: sumOf(blocks, /^\d+:\d+ Write (\d+)$/gm),
    ...noNetwork,
  };
}

function readVersion2({ mount, folder }: Folder): UsageReading {
  const read: ReadText = (file) => textOf(`${mount}${folder}/${file}`);
  const microseconds = sumOf(read('cpu.stat'), /^usage_usec (\d+)$/gm);
  const atMs = performance.now();
  const [quota = '', period = ''] = (read('cpu.max') ?? '').trim().split(' ');
  const blocks = read('io.stat');
  return {
    atMs,
    cpuTimeMs: microseconds === null ? null : microseconds / 1e3,
    cpusLimit: /^\d+$/.test(quota) && Number(period) > 0 ? Number(quota) / Number(period) : null,
    ...memoryOf({
      used: read('memory.current'),
      limit: read('memory.max'),
      statistics: read('memory.stat'),
      inactive: 'inactive_file',
    }),
    ...pidsOf(read),
    blockReadBytes: sumOf(blocks, /\brbytes=(\d+)/g),
    blockWrittenBytes: sumOf(blocks, /\bwbytes=(\d+)/g),
    ...noNetwork,
  };
}

/** Above this a limit is the kernel's way to write that there is none. */
const noLimitBytes = 2 ** 62;

function memoryOf(files: {
  readonly used: string | null;
  readonly limit: string | null;
  readonly statistics: string | null;
  /** Name of the cache that goes first when memory is short; people don't think of it as used. */
  readonly inactive: string;
}): Pick<UsageReading, 'memoryBytes' | 'memoryLimitBytes'> {
  const used = numberIn(files.used);
  const limit = numberIn(files.limit);
  const line = new RegExp(String.raw`^${files.inactive} (\d+)$`, 'm').exec(files.statistics ?? '');
  return {
    memoryBytes: used === null ? null : Math.max(0, used - Number(line?.[1] ?? 0)),
    memoryLimitBytes: limit === null || limit >= noLimitBytes ? null : limit,
  };
}

function pidsOf(read: ReadText): Pick<UsageReading, 'pids' | 'pidsLimit'> {
  return { pids: numberIn(read('pids.current')), pidsLimit: numberIn(read('pids.max')) };
}

/** Any process of a container sees its network; one that ended since is left out for the next. */
function readNetwork(
  list: string,
  processes: string,
): Pick<UsageReading, 'networkReceivedBytes' | 'networkSentBytes'> {
  for (const pid of (textOf(list) ?? '').split('\n').filter((line) => /^\d+$/.test(line))) {
    const devices = textOf(`${processes}/${pid}/net/dev`);
    if (devices === null) continue;
    const rows = [...devices.matchAll(/^\s*([^\s:]+):\s*(.+)$/gm)]
      .filter(([, name]) => name !== 'lo')
      .map(([, , numbers = '']) => numbers.trim().split(/\s+/).map(Number));
    const total = (column: number): number =>
      rows.reduce((sum, row) => sum + (row[column] ?? 0), 0);
    return { networkReceivedBytes: total(0), networkSentBytes: total(8) };
  }
  return noNetwork;
}

function sumOf(text: string | null, pattern: RegExp): number | null {
  if (text === null) return null;
  return [...text.matchAll(pattern)].reduce((sum, [, digits]) => sum + Number(digits), 0);
}

function numberIn(text: string | null): number | null {
  const trimmed = text?.trim() ?? '';
  return /^-?\d+$/.test(trimmed) ? Number(trimmed) : null;
}

/** What goes away while it is read, or can't be read by this account, isn't there. */
const absent = new Set(['ENOENT', 'ESRCH', 'ENODEV', 'ENOTDIR', 'EACCES', 'EPERM', 'EINVAL']);

const textOf: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (absent.has(systemCodeOf(error) ?? '')) return null;
    throw error;
  }
};

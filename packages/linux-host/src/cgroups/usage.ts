import { performance } from 'node:perf_hooks';
import type { UsageMeter, UsageReading } from '@ds01/ports';
import { networkTotals, numberIn, sumOf, textOf, type ReadText } from '../kernel-files.ts';
import { containerFolder, sliceFolder } from './container-folder.ts';
import { memoryOf } from './memory-files.ts';
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
      const folder = containerFolder(facts.driver, { id, cgroupParent });
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
    ...memoryOf(
      {
        used: read('memory', 'memory.usage_in_bytes'),
        limit: read('memory', 'memory.limit_in_bytes'),
        statistics: read('memory', 'memory.stat'),
      },
      1,
    ),
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
    ...memoryOf(
      {
        used: read('memory.current'),
        limit: read('memory.max'),
        statistics: read('memory.stat'),
      },
      2,
    ),
    ...pidsOf(read),
    blockReadBytes: sumOf(blocks, /\brbytes=(\d+)/g),
    blockWrittenBytes: sumOf(blocks, /\bwbytes=(\d+)/g),
    ...noNetwork,
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
    const { received, sent } = networkTotals(devices);
    return { networkReceivedBytes: received, networkSentBytes: sent };
  }
  return noNetwork;
}

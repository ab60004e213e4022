import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { containerIdSchema, groupNameSchema, slugSchema } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CgroupFacts } from './user-cgroups.ts';
import { createUsageMeter } from './usage.ts';

const id = containerIdSchema.parse('ab'.repeat(32));
const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
    lo:     999      10    0    0    0     0          0         0      999      10    0
  eth0:    1500      12    0    0    0     0          0         0     2500      14    0
`;

describe('what a container uses', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ds01-usage-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  const meter = (facts: CgroupFacts) =>
    createUsageMeter({
      root: '/ds01',
      detect: async () => facts,
      mount: join(root, 'cgroup'),
      processes: join(root, 'proc'),
    });

  test('cgroup v1: one folder in each controller, no limit where the kernel writes a huge one', async () => {
    const at = `ds01/student/alice/${id}`;
    write({
      [`cgroup/cpuacct/${at}/cpuacct.usage`]: '2500000000\n',
      [`cgroup/cpu/${at}/cpu.cfs_quota_us`]: '150000\n',
      [`cgroup/cpu/${at}/cpu.cfs_period_us`]: '100000\n',
      [`cgroup/memory/${at}/memory.usage_in_bytes`]: '5000\n',
      [`cgroup/memory/${at}/memory.limit_in_bytes`]: '9223372036854771712\n',
      [`cgroup/memory/${at}/memory.stat`]: 'inactive_file 1\ntotal_inactive_file 2000\n',
      [`cgroup/pids/${at}/pids.current`]: '7\n',
      [`cgroup/pids/${at}/pids.max`]: '128\n',
      [`cgroup/pids/${at}/cgroup.procs`]: '41\n42\n',
      [`cgroup/blkio/${at}/blkio.throttle.io_service_bytes_recursive`]:
        '8:0 Read 100\n8:0 Write 20\n8:16 Read 1\n8:16 Write 2\nTotal 123\n',
      // The first process of the list has ended.
      'proc/42/net/dev': netDev,
    });
    const target = { id, cgroupParent: '/ds01/student/alice', ownNetwork: true };
    const read = meter({ version: 1, driver: 'cgroupfs' }).ofContainer;
    expect(await read(target)).toEqual({
      atMs: expect.any(Number),
      cpuTimeMs: 2500,
      cpusLimit: 1.5,
      memoryBytes: 3000,
      memoryLimitBytes: null,
      pids: 7,
      pidsLimit: 128,
      blockReadBytes: 101,
      blockWrittenBytes: 22,
      networkReceivedBytes: 1500,
      networkSentBytes: 2500,
    });
    expect(await read({ ...target, ownNetwork: false })).toMatchObject({
      networkReceivedBytes: null,
    });
  });

  test('cgroup v2 under systemd: slices lie in each other', async () => {
    const parent = 'ds01.slice/ds01-student.slice/ds01-student-alice.slice';
    const files = (folder: string) => ({
      [`cgroup/${folder}/cpu.stat`]: 'usage_usec 1500\nuser_usec 1000\n',
      [`cgroup/${folder}/cpu.max`]: 'max 100000\n',
      [`cgroup/${folder}/memory.current`]: '900\n',
      [`cgroup/${folder}/memory.max`]: '1000\n',
      [`cgroup/${folder}/memory.stat`]: 'anon 1\ninactive_file 400\n',
      [`cgroup/${folder}/pids.current`]: '3\n',
      [`cgroup/${folder}/pids.max`]: 'max\n',
      [`cgroup/${folder}/io.stat`]: '8:0 rbytes=10 wbytes=5 rios=1\n8:16 rbytes=1 wbytes=1\n',
    });
    write({ ...files(parent), ...files(`${parent}/docker-${id}.scope`) });
    const usage = meter({ version: 2, driver: 'systemd' });
    const cgroupParent = 'ds01-student-alice.slice';
    const container = await usage.ofContainer({ id, cgroupParent, ownNetwork: true });
    expect(container).toMatchObject({
      cpuTimeMs: 1.5,
      cpusLimit: null,
      memoryBytes: 500,
      memoryLimitBytes: 1000,
      pids: 3,
      pidsLimit: null,
      blockReadBytes: 11,
      blockWrittenBytes: 6,
      networkReceivedBytes: null,
    });
    const group = groupNameSchema.parse('student');
    const slug = slugSchema.parse('alice');
    expect(await usage.ofUser({ group, slug })).toMatchObject({ memoryBytes: 500, pids: 3 });
  });

  test('what has no cgroup here is not there', async () => {
    const read = meter({ version: 1, driver: 'cgroupfs' }).ofContainer;
    expect(await read({ id, cgroupParent: '/ds01/x/y', ownNetwork: true })).toBeNull();
  });
});

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { containerIdSchema } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CgroupFacts } from '../cgroups/user-cgroups.ts';
import { createActivityMeter } from './activity-meter.ts';

const first = containerIdSchema.parse('ab'.repeat(32));
const second = containerIdSchema.parse('cd'.repeat(32));

function netDev(received: number, sent: number): string {
  return `Inter-|   Receive  |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes packets
    lo:     999      10    0    0    0     0          0         0      999      10
  eth0: ${received}      12    0    0    0     0          0         0     ${sent}      14
`;
}

describe('what goes on in containers', () => {
  let root = '';
  const meters: ReturnType<typeof createActivityMeter>[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ds01-activity-'));
    // Nobody's namespaces here are the host's.
    write({ 'proc/1/ns/net': '', 'proc/self/ns/net': '' });
  });
  afterEach(() => {
    for (const meter of meters.splice(0)) meter.close();
    rmSync(root, { recursive: true });
  });

  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  const createProcess = (pid: number, start: number, network: string): void => {
    const rest = Array.from({ length: 30 }, () => '0');
    const stat = ['S', ...rest.slice(0, 16), '1', '0', String(start), ...rest].join(' ');
    write({ [`proc/${pid}/stat`]: `${pid} (a (b) c) ${stat}\n`, [`proc/${pid}/net/dev`]: network });
    write({ [`proc/${pid}/ns/net`]: '' });
  };
  const version1 = (at: string, pids: string) => ({
    [`cgroup/cpuacct/${at}/cpuacct.usage`]: '2500000000\n',
    [`cgroup/memory/${at}/memory.usage_in_bytes`]: '5000\n',
    [`cgroup/memory/${at}/memory.limit_in_bytes`]: '9223372036854771712\n',
    [`cgroup/memory/${at}/memory.stat`]: 'inactive_file 1\ntotal_inactive_file 2000\n',
    [`cgroup/pids/${at}/pids.current`]: '7\n',
    [`cgroup/pids/${at}/cgroup.procs`]: pids,
  });
  const version2 = (at: string, pids: string) => ({
    [`cgroup/${at}/cpu.stat`]: 'usage_usec 1500\nuser_usec 1000\n',
    [`cgroup/${at}/memory.current`]: '900\n',
    [`cgroup/${at}/memory.max`]: '1000\n',
    [`cgroup/${at}/memory.stat`]: 'anon 1\ninactive_file 400\n',
    [`cgroup/${at}/pids.current`]: '3\n',
    [`cgroup/${at}/cgroup.procs`]: pids,
  });
  const meter = (facts: CgroupFacts) => {
    const made = createActivityMeter({
      detect: async () => facts,
      clock: { bootMs: () => 1_000_000 },
      mount: join(root, 'cgroup'),
      processes: join(root, 'proc'),
    });
    meters.push(made);
    return made;
  };
  const groups = { version: 1, driver: 'cgroupfs' } as const;

  test('cgroup v1: counters, both directions of its network, and no limit where the kernel writes a huge one', async () => {
    createProcess(41, 900, netDev(1500, 2500));
    createProcess(42, 500, netDev(1, 1));
    // The last process of the list has ended.
    write(version1(`ds01/student/alice/${first}`, '41\n42\n43\n'));
    const readings = await meter(groups).read([
      { id: first, cgroupParent: '/ds01/student/alice' },
      { id: second, cgroupParent: '/ds01/student/alice' },
    ]);
    expect([...readings]).toEqual([
      [
        first,
        {
          atMs: expect.any(Number),
          cpuTimeMs: 2500,
          // Through the process that runs longest.
          networkBytes: 2,
          inputAtMs: null,
          memoryBytes: 3000,
          memoryLimitBytes: null,
          processes: 7,
        },
      ],
    ]);
    expect(readings.get(first)?.atMs).toBeGreaterThanOrEqual(1_000_000);
  });

  test('cgroup v2 under systemd: slices lie in each other', async () => {
    createProcess(41, 900, netDev(5, 6));
    const parent = 'ds01.slice/ds01-student.slice/ds01-student-alice.slice';
    write(version2(`${parent}/docker-${first}.scope`, '41\n'));
    const target = { id: first, cgroupParent: 'ds01-student-alice.slice' };
    expect((await meter({ version: 2, driver: 'systemd' }).read([target])).get(first)).toEqual({
      atMs: expect.any(Number),
      cpuTimeMs: 1.5,
      networkBytes: 11,
      inputAtMs: null,
      memoryBytes: 500,
      memoryLimitBytes: 1000,
      processes: 3,
    });
  });

  test('without a parent of its own it is where the engine puts those, or wherever it is found', async () => {
    createProcess(41, 900, netDev(5, 6));
    createProcess(42, 900, netDev(7, 8));
    write(version2(`system.slice/docker-${first}.scope`, '41\n'));
    // One that divides its cgroup has its processes below.
    write(version2(`engine2/${second}`, ''));
    write({ [`cgroup/engine2/${second}/init/cgroup.procs`]: '42\n' });
    const readings = await meter({ version: 2, driver: 'systemd' }).read([
      { id: first, cgroupParent: '' },
      { id: second, cgroupParent: '/../..' },
    ]);
    expect([...readings.values()].map(({ networkBytes }) => networkBytes)).toEqual([11, 15]);
  });

  test('a folder that somebody named after a container is not taken for it', async () => {
    createProcess(41, 900, netDev(5, 6));
    createProcess(42, 900, netDev(7, 8));
    write(version2(`user.slice/${first}`, '41\n'));
    write(version2(`very/deep/down/${first}`, '42\n'));
    const readings = await meter({ version: 2, driver: 'systemd' }).read([
      { id: first, cgroupParent: '/../..' },
    ]);
    expect(readings.get(first)?.networkBytes).toBe(15);
  });

  test('the same files are read again, also of a container that was started again', async () => {
    createProcess(41, 900, netDev(5, 6));
    const at = `docker/${first}`;
    write(version1(at, '41\n'));
    const again = meter(groups);
    const target = { id: first, cgroupParent: '' };
    const cpuTime = async () => (await again.read([target])).get(first)?.cpuTimeMs;
    expect(await cpuTime()).toBe(2500);
    write({ [`cgroup/cpuacct/${at}/cpuacct.usage`]: '2600000000\n' });
    expect(await cpuTime()).toBe(2600);
    write({ [`cgroup/pids/${at}/cgroup.procs`]: '' });
    expect(await cpuTime()).toBeUndefined();
    rmSync(join(root, 'cgroup'), { recursive: true });
    createProcess(44, 1900, netDev(0, 1));
    write({
      ...version1(at, '44\n'),
      [`cgroup/cpuacct/${at}/cpuacct.usage`]: '10000000\n',
    });
    expect(await cpuTime()).toBe(10);
  });

  test('what passes in a network that two share is counted for the one that was there first', async () => {
    createProcess(41, 900, netDev(5, 6));
    createProcess(42, 500, netDev(5, 6));
    rmSync(join(root, 'proc/42/ns/net'));
    symlinkSync(join(root, 'proc/41/ns/net'), join(root, 'proc/42/ns/net'));
    write({ ...version1(`docker/${first}`, '41\n'), ...version1(`docker/${second}`, '42\n') });
    const targets = [first, second].map((id) => ({ id, cgroupParent: '' }));
    const shared = await meter(groups).read(targets);
    expect(shared.get(first)?.networkBytes).toBeNull();
    expect(shared.get(second)?.networkBytes).toBe(11);
  });

  test('the network of the host is nobody’s own', async () => {
    createProcess(41, 900, netDev(5, 6));
    rmSync(join(root, 'proc/41/ns/net'));
    symlinkSync(join(root, 'proc/1/ns/net'), join(root, 'proc/41/ns/net'));
    write(version1(`docker/${first}`, '41\n'));
    const readings = await meter(groups).read([{ id: first, cgroupParent: '' }]);
    expect(readings.get(first)?.networkBytes).toBeNull();
  });

  test('files of containers that nobody asks for any more are closed', async () => {
    createProcess(41, 900, netDev(5, 6));
    write(version1(`docker/${first}`, '41\n'));
    const open = () =>
      readdirSync('/proc/self/fd').filter((name) => existsSync(`/proc/self/fd/${name}`)).length;
    const measured = meter(groups);
    await measured.read([]);
    const before = open();
    await measured.read([{ id: first, cgroupParent: '' }]);
    expect(open()).toBeGreaterThan(before);
    await measured.read([]);
    expect(open()).toBe(before);
  });
});

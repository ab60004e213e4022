import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { groupNameSchema, slugSchema } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createUserCgroups } from './user-cgroups.ts';

const mount = '/sys/fs/cgroup';
const group = groupNameSchema.parse('student');
const slug = slugSchema.parse('alice');
const gib = 2 ** 30;
const limits = { cpus: 1, memoryMaxBytes: gib, memoryHighBytes: null, tasksMax: 100 };
const nobody = () => false;

/** These trees, and the right to change them, are what the tests on the real kernel need. */
function hasVersion1(): boolean {
  const isThere = process.getuid?.() === 0 && existsSync(`${mount}/memory/cgroup.procs`);
  if (!isThere)
    process.stderr.write('skipped: cgroup v1 can only be tested by root on such a host\n');
  return isThere;
}

describe.skipIf(!hasVersion1())('on cgroup v1', () => {
  let root = '';
  const children: ChildProcess[] = [];
  const cgroups = () => createUserCgroups({ root });
  const folder = (controller: string) => `${mount}/${controller}${root}/student/alice`;
  const read = (controller: string, file: string) =>
    readFileSync(`${folder(controller)}/${file}`, 'utf8').trim();
  const ensure = (change: Partial<typeof limits> = {}) =>
    cgroups().ensure({ group, slug, limits: { ...limits, ...change } });

  beforeEach(() => {
    root = `/ds01-test-${process.pid}`;
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    if (existsSync(`${folder('cpu')}/child`)) rmdirSync(`${folder('cpu')}/child`);
    await cgroups().removeEmpty(nobody);
  });

  /** A process in the user's cgroups that uses this much memory. */
  async function occupy(mebibytes: number): Promise<void> {
    const source = `process.stdin.once('data', () => {
      globalThis.kept = Buffer.alloc(${mebibytes} * 2 ** 20, 1);
      process.stdout.write('ready');
    });`;
    const child = spawn(process.execPath, ['-e', source], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    writeFileSync(`${folder('memory')}/cgroup.procs`, String(child.pid));
    child.stdin.write('go');
    await once(child.stdout, 'data');
  }

  test('a parent has its limits as soon as it is there', async () => {
    expect(await ensure()).toEqual({ cgroupParent: `${root}/student/alice`, notices: [] });
    expect(read('cpu', 'cpu.cfs_quota_us')).toBe('100000');
    expect(read('memory', 'memory.limit_in_bytes')).toBe(String(gib));
    expect(read('pids', 'pids.max')).toBe('100');
  });

  test('limits are raised, lowered and lifted', async () => {
    for (const memoryMaxBytes of [gib, 2 * gib, gib / 2]) {
      expect((await ensure({ memoryMaxBytes })).notices).toEqual([]);
      expect(read('memory', 'memory.limit_in_bytes')).toBe(String(memoryMaxBytes));
    }
    const none = { cpus: null, memoryMaxBytes: null, memoryHighBytes: null, tasksMax: null };
    const { notices } = await cgroups().ensure({ group, slug, limits: none });
    expect(notices).toEqual([]);
    expect(read('cpu', 'cpu.cfs_quota_us')).toBe('-1');
    expect(Number(read('memory', 'memory.limit_in_bytes'))).toBeGreaterThan(2 ** 60);
    expect(read('pids', 'pids.max')).toBe('max');
  });

  test('a lower CPU limit lowers the containers below it first', async () => {
    await ensure({ cpus: 2 });
    const child = `${folder('cpu')}/child`;
    mkdirSync(child);
    writeFileSync(`${child}/cpu.cfs_quota_us`, '150000');
    expect((await ensure({ cpus: 0.5 })).notices).toEqual([]);
    expect(read('cpu', 'cpu.cfs_quota_us')).toBe('50000');
    expect(read('cpu', 'child/cpu.cfs_quota_us')).toBe('50000');
    rmdirSync(child);
  });

  test('memory in use can not be forbidden afterwards, and that is said', async () => {
    await ensure({ memoryMaxBytes: gib });
    await occupy(128);
    const { notices } = await ensure({ memoryMaxBytes: 2 ** 25 });
    expect(notices).toContainEqual(expect.stringMatching(/^the limit of memory is not enforced: /));
    expect(read('memory', 'memory.limit_in_bytes')).toBe(String(gib));
  });

  test('builds have limits of their own below, with no more CPU than the user has', async () => {
    await ensure({ cpus: 1 });
    const builds = { cpus: 2, memoryMaxBytes: gib / 2, memoryHighBytes: null, tasksMax: 50 };
    expect(await cgroups().ensureForBuilds({ group, slug, limits: builds })).toEqual({
      cgroupParent: `${root}/student/alice/builds`,
      notices: [],
    });
    expect(read('cpu', 'builds/cpu.cfs_quota_us')).toBe('100000');
    expect(read('memory', 'builds/memory.limit_in_bytes')).toBe(String(gib / 2));
    expect(read('pids', 'builds/pids.max')).toBe('50');
    expect((await ensure({ cpus: 0.5 })).notices).toEqual([]);
    expect(read('cpu', 'builds/cpu.cfs_quota_us')).toBe('50000');
  });

  test('a parent with a build under way stays, one with an empty place for builds goes', async () => {
    await ensure();
    await cgroups().ensureForBuilds({ group, slug, limits });
    const step = `${folder('memory')}/builds/step`;
    mkdirSync(step);
    await cgroups().removeEmpty(nobody);
    expect(existsSync(step)).toBe(true);
    rmdirSync(step);
    await cgroups().removeEmpty(nobody);
    expect(existsSync(folder('memory'))).toBe(false);
  });

  test('a parent with a process in it, or one that is kept, is not removed', async () => {
    await ensure();
    await cgroups().removeEmpty((itsGroup, itsSlug) => itsGroup === group && itsSlug === slug);
    expect(existsSync(folder('memory'))).toBe(true);
    await occupy(1);
    await cgroups().removeEmpty(nobody);
    expect(existsSync(folder('memory'))).toBe(true);
  });

  test('an empty parent goes, and the folders above it with it', async () => {
    await ensure();
    await cgroups().removeEmpty(nobody);
    expect(['cpu', 'memory', 'pids'].map((name) => existsSync(`${mount}/${name}${root}`))).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('a host that can not enforce', () => {
  let tree = '';
  beforeEach(() => {
    tree = mkdtempSync(`${tmpdir()}/ds01-cgroup-`);
  });
  afterEach(() => rmSync(tree, { recursive: true, force: true }));

  test('says which limits, one notice each', async () => {
    const cgroups = createUserCgroups({ root: '/ds01', mount: tree });
    const { notices } = await cgroups.ensure({ group, slug, limits });
    const reason = 'is not enforced: this host has no such cgroup controller';
    expect(notices).toEqual([
      `the limit of cpus ${reason}`,
      `the limit of memory ${reason}`,
      `the limit of tasks ${reason}`,
    ]);
  });

  test('under systemd the slice is named and the missing limits are said', async () => {
    const detect = async () => ({ version: 2, driver: 'systemd' }) as const;
    const cgroups = createUserCgroups({ root: '/ds01', mount: tree, detect });
    expect(await cgroups.ensure({ group, slug, limits })).toEqual({
      cgroupParent: 'ds01-student-alice.slice',
      notices: [expect.stringContaining('from a later version')],
    });
  });

  test('builds under systemd have a slice that no user can have', async () => {
    const detect = async () => ({ version: 2, driver: 'systemd' }) as const;
    const cgroups = createUserCgroups({ root: '/ds01', mount: tree, detect });
    const { cgroupParent } = await cgroups.ensureForBuilds({ group, slug, limits });
    expect(cgroupParent).toBe('ds01-student-alice-builds.slice');
    expect(cgroups.isForBuilds(cgroupParent)).toBe(true);
    const namesake = slugSchema.parse('builds');
    const own = await cgroups.ensure({ group, slug: namesake, limits });
    expect(cgroups.isForBuilds(own.cgroupParent)).toBe(false);
  });

  test('only what was given for builds is for builds', () => {
    const cgroups = createUserCgroups({ root: '/ds01', mount: tree });
    const parents = [
      '/ds01/student/alice/builds',
      '/ds01/student/builds',
      '/ds01/student/alice',
      '/ds01/student/alice/builds/x',
      '/other/student/alice/builds',
      '/ds01/builds/builds/builds',
      '',
    ];
    expect(parents.filter((parent) => cgroups.isForBuilds(parent))).toEqual([
      '/ds01/student/alice/builds',
      '/ds01/builds/builds/builds',
    ]);
  });

  test('a version 2 tree gets exactly the planned files', async () => {
    const leaf = `${tree}/ds01/student/alice`;
    mkdirSync(leaf, { recursive: true });
    for (const file of ['cpu.max', 'memory.max', 'memory.high', 'pids.max']) {
      writeFileSync(`${leaf}/${file}`, 'max\n');
    }
    writeFileSync(`${tree}/cgroup.controllers`, 'cpu memory pids\n');
    for (const folder of ['', '/ds01', '/ds01/student']) {
      writeFileSync(`${tree}${folder}/cgroup.subtree_control`, 'cpu\n');
    }
    const cgroups = createUserCgroups({ root: '/ds01', mount: tree });
    expect((await cgroups.ensure({ group, slug, limits })).notices).toEqual([]);
    const read = (path: string) => readFileSync(`${tree}/${path}`, 'utf8');
    expect(read('cgroup.subtree_control')).toBe('+memory +pids');
    expect(read('ds01/student/alice/cpu.max')).toBe('100000 100000');
    expect(read('ds01/student/alice/memory.max')).toBe(String(gib));
    expect(read('ds01/student/alice/memory.high')).toBe('max\n');
    expect(read('ds01/student/alice/pids.max')).toBe('100');
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { containerIdSchema } from '@ds01/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHostFacts, obeysEnvironment, readIdRanges, readKeyUse } from './host-facts.ts';
import { readUnits } from './units.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ds01-facts-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const facts = (version: 1 | 2 = 1) =>
  createHostFacts({ root, detect: async () => ({ version, driver: 'cgroupfs' }) });

test('units are told in the order that they were asked for', () => {
  const text = `Id=docker.service\nLoadState=loaded\nActiveState=active\n
Id=a.service\nLoadState=loaded\nActiveState=failed\n
Id=ds01d.service\nLoadState=not-found\nActiveState=inactive\n`;
  expect([...readUnits(['docker', 'alias', 'ds01d', 'more'], text)]).toEqual([
    ['docker', 'active'],
    ['alias', 'failed'],
    ['ds01d', 'absent'],
    ['more', 'absent'],
  ]);
});

test('keys and ranges of ids are read as the kernel and the system write them', () => {
  const keys = `    0:   129 128/128 109/1000000 2147/25000000\n 1001:     2 2/2 190/200 53/20000\n`;
  expect(readKeyUse(keys)).toEqual([
    { uid: 0, keys: 109, maxKeys: 1_000_000 },
    { uid: 1001, keys: 190, maxKeys: 200 },
  ]);
  expect(readIdRanges('# none\nds01remap:4200000000:65536\nbroken:x:1\n')).toEqual([
    { name: 'ds01remap', first: 4_200_000_000, count: 65_536 },
  ]);
});

test('without any of its files a host has nothing to tell', async () => {
  expect(facts().keys()).toEqual([]);
  expect(facts().idRanges()).toEqual([]);
  expect(facts().countsSwap(1)).toBe(false);
  expect(facts().countsSwap(2)).toBeNull();
  expect(facts().gpuAccess()).toEqual({
    hasDevice: false,
    hasDeviceLink: false,
    obeysEnvironment: null,
    specs: [],
  });
});

test('swap is counted where its files are', () => {
  write({ 'sys/fs/cgroup/memory/memory.memsw.limit_in_bytes': '1\n' });
  write({ 'sys/fs/cgroup/user.slice/memory.max': 'max\n' });
  write({ 'sys/fs/cgroup/init/memory.swap.max': 'max\n' });
  expect(facts().countsSwap(1)).toBe(true);
  expect(facts().countsSwap(2)).toBe(true);
});

test('how containers get at GPUs is read from NVIDIA’s files', () => {
  write({
    'dev/nvidiactl': '',
    'dev/char/195:255': '',
    'etc/cdi/nvidia.yaml': 'cdiVersion: 0.5.0\n',
    'etc/cdi/vendor.yaml': 'other\n',
    'etc/nvidia-container-runtime/config.toml': 'disable-require = false\n',
  });
  expect(facts().gpuAccess()).toEqual({
    hasDevice: true,
    hasDeviceLink: true,
    obeysEnvironment: true,
    specs: [{ path: '/etc/cdi/nvidia.yaml', text: 'cdiVersion: 0.5.0\n' }],
  });
  const key = 'accept-nvidia-visible-devices-envvar-when-unprivileged';
  expect(obeysEnvironment(`#${key} = false\n`)).toBe(true);
  expect(obeysEnvironment(` ${key} = false\n`)).toBe(false);
});

test('a container whose devices were taken away is found, where the kernel tells', async () => {
  const ids = ['a', 'b', 'c', 'd'].map((digit) => containerIdSchema.parse(digit.repeat(64)));
  const lists = ['c 1:3 rwm\nc 195:255 rw\n', 'c 1:3 rwm\n', 'a *:* rwm\n'];
  for (const [index, text] of lists.entries()) {
    write({ [`sys/fs/cgroup/devices/docker/${ids[index] ?? ''}/devices.list`]: text });
  }
  const targets = ids.map((id) => ({ id, cgroupParent: '' }));
  expect(await facts().withoutGpuAccess(targets)).toEqual([]);
  write({ 'dev/nvidiactl': '' });
  expect(await facts().withoutGpuAccess(targets)).toEqual([ids[1]]);
  expect(await facts(2).withoutGpuAccess(targets)).toEqual([]);
});

test('the kernel tells whether its clock is kept', async () => {
  expect([true, false]).toContain(await facts().clockIsKept());
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { leaseTimeMs } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHostDisks } from './host-disks.ts';
import { containerIdIn, createHostProcesses } from './host-processes.ts';
import { createPolicyFiles } from './policy-files.ts';
import { systemClock, systemIds } from './system.ts';

describe('the system’s clock and ids', () => {
  test('a wait that is aborted is an interruption', async () => {
    const wait = systemClock.sleep(60_000, AbortSignal.abort());
    await expect(wait).rejects.toEqual(expect.objectContaining({ code: 'operation.interrupted' }));
    await systemClock.sleep(0);
  });

  test('lease ids hold their time and differ', () => {
    const before = systemClock.nowMs();
    const ids = Array.from({ length: 500 }, () => systemIds.leaseId());
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(leaseTimeMs(id)).toBeGreaterThanOrEqual(before);
  });

  test('hex digits come in the number asked for', () => {
    expect(systemIds.hex(7)).toMatch(/^[0-9a-f]{7}$/);
  });
});

describe('processes', () => {
  const id = 'ab'.repeat(32);

  test.each([
    [`4:memory:/ds01/student/alice/${id}\n0::/\n`, id],
    [`0::/ds01-student-alice.slice/docker-${id}.scope\n`, id],
    [`0::/docker/${id}/docker/${'cd'.repeat(32)}\n`, id],
    ['0::/user.slice/user-1000.slice\n', undefined],
    // People make folders there themselves, of any name.
    [`0::/user.slice/user-1000.slice/user@1000.service/docker-${id}.scope\n`, undefined],
    [`1:name=systemd:/user.slice/${id}\n0::/\n`, undefined],
    [`0::/${id}ff\n`, undefined],
  ])('%j is in container %s', (text, expected) => {
    expect(containerIdIn(text)).toBe(expected);
  });

  test('this one is in none, and neither is one that is gone', () => {
    expect(createHostProcesses(systemClock).containerOf(process.pid)).toBeNull();
    expect(createHostProcesses(systemClock).containerOf(2 ** 22 + 1)).toBeNull();
  });
});

describe('disks', () => {
  test('are named by their device file, and only where there is one', () => {
    const disks = createHostDisks();
    expect(disks.diskOf('/proc')).toBeNull();
    expect(disks.diskOf('/no/such/path')).toBeNull();
    expect(disks.diskOf(tmpdir()) ?? '/dev/none').toMatch(/^\/dev\/\w+$/);
  });
});

describe('policy files', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/ds01-policy-`);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const files = () =>
    createPolicyFiles({ configDirectory: `${folder}/etc`, stateDirectory: `${folder}/state` });

  test('are those that are there, the groups by name', () => {
    expect(files().read()).toEqual([]);
    mkdirSync(`${folder}/etc/groups`, { recursive: true });
    const names = ['resource-limits.yaml', 'groups/b.members', 'groups/a.members', 'groups/.x.swp'];
    for (const name of names) writeFileSync(`${folder}/etc/${name}`, `of ${name}`);
    const text = (name: string) => ({
      path: `${folder}/etc/${name}`,
      text: `of ${name}`,
      error: null,
    });
    expect(files().read()).toEqual(
      ['resource-limits.yaml', 'groups/a.members', 'groups/b.members'].map(text),
    );
  });

  test('that can not be read say why', () => {
    mkdirSync(`${folder}/etc/ds01.yaml`, { recursive: true });
    writeFileSync(`${folder}/etc/groups`, 'not a folder');
    expect(files().read()).toEqual([
      { path: `${folder}/etc/ds01.yaml`, text: null, error: 'it is no file' },
      { path: `${folder}/etc/groups`, text: null, error: expect.stringMatching(/ENOTDIR/) },
    ]);
  });

  test('have a last good copy, and a damaged one is none', () => {
    expect(files().readLastGood()).toBeNull();
    const good = [{ path: '/etc/ds01/ds01.yaml', text: 'site: {}', error: null }];
    files().saveLastGood(good);
    files().saveLastGood(good);
    expect(files().readLastGood()).toEqual(good);
    writeFileSync(`${folder}/state/last-good-policy.json`, '[{"path"');
    expect(files().readLastGood()).toBeNull();
  });

  test('that can not be kept are an error with a code', () => {
    writeFileSync(`${folder}/state`, '');
    expect(() => files().saveLastGood([])).toThrow(
      expect.objectContaining({ code: 'internal.state-unwritable' }),
    );
  });
});

import { isDs01Error, type MountedFolder } from '@ds01/contracts';
import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { loadCurrentPolicy } from '../policy.ts';
import { alice } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';
import { allowedFolders, checkData, checkWorkspace, isCleanFolder, tidy } from './folders.ts';

const settings = 'data:\n  roots: [/data/sets, /scratch:rw]\n';

function allowedTo(owner = alice.owner) {
  const world = createWorld({ settings });
  try {
    return allowedFolders(owner, loadCurrentPolicy(world.deps()));
  } finally {
    world.close();
  }
}

const allowed = allowedTo();

function data(mount: Partial<MountedFolder>, ...more: readonly MountedFolder[]) {
  const first = { folder: '/home/alice/a', target: '/data/a', readOnly: true, ...mount };
  return checkData([first, ...more], { allowed, name: 'thesis' });
}

function codeOf(check: () => unknown): string {
  try {
    check();
    return 'fine';
  } catch (error) {
    return isDs01Error(error) ? error.code : String(error);
  }
}

test('a home, the workspaces of the site and data roots given as rw may be written', () => {
  expect(allowed?.writable).toEqual(['/home/alice', '/home/alice/workspace', '/scratch']);
  expect(allowed?.readable).toContain('/data/sets');
});

test('a home at / gives nothing away', () => {
  const folders = allowedTo({ ...alice.owner, home: '/' });
  expect(folders?.writable).not.toContain('/');
  expect(folders?.readable).not.toContain('/');
});

test('root acting as root may mount anything', () => {
  expect(allowedTo({ ...alice.owner, uid: 0 })).toBeNull();
});

test.each([
  ['a folder of a home, to write', { readOnly: false }, 'fine'],
  ['a shared folder, to read', { folder: '/data/sets/imagenet' }, 'fine'],
  ['a shared folder, to write', { folder: '/data/sets/imagenet', readOnly: false }, 'data.denied'],
  ['a root that may be written', { folder: '/scratch/alice', readOnly: false }, 'fine'],
  ['a system folder', { folder: '/etc' }, 'data.denied'],
  ['another shared root by a longer name', { folder: '/data/setsX', readOnly: false }, 'fine'],
  ['the root', { folder: '/' }, 'usage.invalid'],
  ['no path', { folder: '' }, 'usage.invalid'],
  ['a path upwards', { folder: '/home/alice/../bob' }, 'usage.invalid'],
  ['a relative target', { target: 'data' }, 'usage.invalid'],
  ['the workspace as the target', { target: '/workspace/' }, 'usage.invalid'],
  ['a target below the workspace', { target: '/workspace/data' }, 'usage.invalid'],
  ['a target in /etc', { target: '/etc/cron.d' }, 'usage.invalid'],
  ['a target in the home', { target: '/home/alice/.ssh' }, 'usage.invalid'],
  ['/tmp as the target', { target: '/tmp' }, 'usage.invalid'],
  ['the root as the target', { target: '/.' }, 'usage.invalid'],
  ['a target with a line end', { target: '/data/a\nb' }, 'usage.invalid'],
] as const)('data: %s', (_, mount, expected) => {
  expect(codeOf(() => data(mount))).toBe(expected);
});

test('two data folders are never at one place, nor one inside the other', () => {
  const at = (target: string): MountedFolder => ({
    folder: '/home/alice/b',
    target,
    readOnly: true,
  });
  expect(codeOf(() => data({}, at('/data/a/')))).toBe('usage.invalid');
  expect(codeOf(() => data({}, at('/data/a/b')))).toBe('usage.invalid');
  expect(codeOf(() => data({}, at('/data')))).toBe('usage.invalid');
  expect(codeOf(() => data({}, at('/data/ab')))).toBe('fine');
});

test('a refusal of a shared folder says how to get it', () => {
  const denied = () => data({ folder: '/data/sets/imagenet', readOnly: false });
  expect(denied).toThrow(/"\/data\/sets:rw" in data\.roots/);
});

test.each(['/etc', '/usr/share', '/proc/self/cwd', '/run/ds01', '//etc//ssh'])(
  '%s is no workspace',
  (folder) => {
    const where = { allowed, hint: 'x' };
    expect(codeOf(() => checkWorkspace(folder, where))).toBe('workspace.outside');
  },
);

test('a tidy path is clean exactly when the path is, and tidying twice changes nothing', () => {
  assert(
    property(string(), (text) => {
      const path = `/${text}`;
      if (!isCleanFolder(path)) return;
      expect(isCleanFolder(tidy(path))).toBe(true);
      expect(tidy(tidy(path))).toBe(tidy(path));
      expect(tidy(path)).toMatch(/^(?:\/[^/]+)+$/u);
    }),
  );
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { liesWithin } from './descriptor.ts';
import { createTree, isRoot, system, type Tree } from './fixture.ts';
import { withFolderOf, type FolderToOpen } from './folder.ts';
import { resolveRoots } from './roots.ts';

describe.skipIf(!isRoot())('a folder opened as a person', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTree();
  });
  afterEach(() => tree[Symbol.dispose]());

  /** Where the descriptor really leads, or the code of the refusal. */
  async function open(change: Partial<FolderToOpen>): Promise<string> {
    const { alice: account, home } = tree;
    const request = { account, folder: `${home}/work`, create: false, within: [home], ...change };
    try {
      return await withFolderOf(request, async (it) => readlinkSync(`/proc/self/fd/${it}`));
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  test('is handed over by descriptor, which is closed afterwards', async () => {
    expect(await open({})).toBe(`${tree.home}/work`);
    let number = -1;
    const { alice: account, home } = tree;
    const request = { account, folder: home, create: false, within: [home] };
    await withFolderOf(request, async (descriptor) => void (number = descriptor));
    expect(existsSync(`/proc/self/fd/${number}`)).toBe(false);
  });

  test('may be an allowed folder itself, but not one that only starts like it', async () => {
    expect(await open({ folder: tree.home })).toBe(tree.home);
    tree.make(tree.alice, `${tree.home}/work2`);
    expect(await open({ folder: `${tree.home}/work2`, within: [`${tree.home}/work`] })).toBe(
      'workspace.outside',
    );
  });

  test('that a link leads out of the allowed folders is refused, and was mountable without', async () => {
    symlinkSync(tree.shared, `${tree.home}/out`);
    const folder = `${tree.home}/out/work`;
    expect(await open({ folder, within: null })).toBe(`${tree.shared}/work`);
    expect(await open({ folder })).toBe('workspace.outside');
    expect(await open({ folder, within: [] })).toBe('workspace.outside');
    expect(await open({ folder: `${tree.home}/work/../../shared/work` })).toBe('workspace.outside');
  });

  test('may be reached by a link that leads from one allowed folder to another', async () => {
    symlinkSync(tree.shared, `${tree.home}/out`);
    const within = [tree.home, tree.shared];
    expect(await open({ folder: `${tree.home}/out/work`, within })).toBe(`${tree.shared}/work`);
  });

  test('tells an administrator’s setting in the hint', async () => {
    const { alice: account, shared: folder, home } = tree;
    const opened = withFolderOf(
      { account, folder, create: false, within: [home] },
      async () => undefined,
    );
    await expect(opened).rejects.toMatchObject({
      code: 'workspace.outside',
      hint: expect.stringContaining('data.roots of ds01.yaml'),
    });
  });

  test('is opened with the person’s rights, whatever root could do', async () => {
    expect(await open({ folder: tree.bobsHome, within: ['/'] })).toBe('workspace.denied');
    expect(await open({ folder: `${tree.bobsHome}/x`, within: ['/'] })).toBe('workspace.denied');
    expect(await open({ folder: '/root', within: ['/'] })).toBe('workspace.denied');
  });

  test.each<readonly [string, string, (tree: Tree) => string]>([
    ['FIFO', 'workspace.not-a-folder', (it) => (system('mkfifo', `${it.home}/x`), 'x')],
    [
      'device',
      'workspace.not-a-folder',
      (it) => (system('mknod', `${it.home}/x`, 'c', '1', '5'), 'x'),
    ],
    ['file', 'workspace.not-a-folder', () => 'work/file'],
    ['link', 'workspace.is-link', (it) => (symlinkSync('work', `${it.home}/x`), 'x')],
    ['link to /root', 'workspace.is-link', (it) => (symlinkSync('/root', `${it.home}/x`), 'x')],
    ['missing folder', 'workspace.not-found', () => 'none/deep'],
    [
      'folder that may not be entered',
      'workspace.denied',
      (it) => (it.make(it.alice, `${it.home}/x`, undefined, 0o000), 'x'),
    ],
    ['name with a newline', 'workspace.invalid', () => 'work\n'],
    ['name that is too long', 'workspace.not-found', () => 'x'.repeat(256)],
  ])('can’t be a %s: %s', async (_, code, prepare) => {
    const folder = `${tree.home}/${prepare(tree)}`;
    expect(await open({ folder })).toBe(code);
  });

  test('can be made, with a name of 255 bytes and spaces in it', async () => {
    const folder = `${tree.home}/a b/${'é'.repeat(127)}x`;
    expect(await open({ folder, create: true })).toBe(folder);
    expect(await open({ folder: `${tree.shared}/new`, create: true })).toBe('workspace.denied');
  });

  test('that a person mounts in a namespace of their own is not taken for the real one', async () => {
    const script = 'mount --bind "$1" "$2" && exec 3<"$2/." && echo && exec sleep 1000';
    const parameters = ['-m', 'sh', '-c', script, 'sh', tree.shared, `${tree.home}/work`];
    const child = spawn('unshare', parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      if (child.stdout !== null) await once(child.stdout, 'data');
      const descriptor = openSync(`/proc/${child.pid}/fd/3`, constants.O_RDONLY);
      try {
        expect(readlinkSync(`/proc/self/fd/${descriptor}`)).toBe(`${tree.home}/work`);
        expect(readFileSync(`/proc/self/fd/${descriptor}/file`, 'utf8')).toBe('shared');
        expect(liesWithin(descriptor, [tree.home])).toBe(false);
      } finally {
        closeSync(descriptor);
      }
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  });

  test('on a server that does not answer is given up after the time limit', async () => {
    const place = `${tree.home}/stale`;
    mkdirSync(place);
    const device = openSync('/dev/fuse', constants.O_RDWR);
    const mount = spawn(
      'mount',
      [
        '-i',
        '-n',
        '-t',
        'fuse',
        '-o',
        'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other',
        'x',
        place,
      ],
      { stdio: ['ignore', 'ignore', 'inherit', device] },
    );
    const [status] = await once(mount, 'close');
    try {
      expect(status).toBe(0);
      expect(await open({ folder: `${place}/work`, timeoutMs: 300 })).toBe('operation.timed-out');
    } finally {
      closeSync(device);
      system('umount', '-l', place);
    }
  });

  describe('and the allowed folders themselves', () => {
    test('may be reached by links of root’s, since nobody else can change those', async () => {
      chmodSync(tree.folder, 0o755);
      symlinkSync('alice', `${tree.folder}/relative`);
      symlinkSync(
        `${tree.folder}/../${tree.folder.split('/').at(-1) ?? ''}/relative`,
        `${tree.folder}/chain`,
      );
      expect(await resolveRoots([`${tree.folder}/chain/work`, '/', '/none/x'], {})).toEqual([
        `${tree.home}/work`,
        '/',
        '/none/x',
      ]);
      expect(await open({ within: [`${tree.folder}/chain`] })).toBe(`${tree.home}/work`);
    });

    test('are not moved by a link of the person’s own', async () => {
      const { home } = tree;
      rmSync(`${home}/work`, { recursive: true });
      symlinkSync('/', `${home}/work`);
      const within = [`${home}/work`];
      expect(await resolveRoots(within, {})).toEqual(within);
      expect(await open({ folder: `${home}/work${tree.shared}`, within })).toBe(
        'workspace.outside',
      );
    });

    test('are not moved by a link in a folder that others may write to', async () => {
      chmodSync(tree.folder, 0o777);
      symlinkSync('/', `${tree.folder}/link`);
      expect(await resolveRoots([`${tree.folder}/link/x`], {})).toEqual([`${tree.folder}/link/x`]);
      chmodSync(tree.folder, 0o1777);
      expect(await resolveRoots([`${tree.folder}/link/x`], {})).toEqual(['/x']);
      system('chown', '-h', String(tree.alice.uid), `${tree.folder}/link`);
      expect(await resolveRoots([`${tree.folder}/link/x`], {})).toEqual([`${tree.folder}/link/x`]);
    });

    test('that go round in circles are no folders', async () => {
      symlinkSync('circle', `${tree.folder}/circle`);
      const [root = ''] = await resolveRoots([`${tree.folder}/circle/x`], {});
      expect(await open({ within: [root] })).toBe('workspace.outside');
    });
  });
});

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { slugOf, usernameSchema } from '@ds01/contracts';
import type { FolderPinRequest, HostAccount } from '@ds01/ports';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPins } from './pins.ts';
import { readMounts } from './mounts.ts';

const name = usernameSchema.parse('alice');
const account: HostAccount = {
  name,
  slug: slugOf(name),
  uid: 54_321,
  gid: 54_321,
  groupIds: [54_321, 54_322],
  home: '/nonexistent',
};

let folder = '';
let home = '';
let engineDirectory = '';

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ds01-pins-`);
  chmodSync(folder, 0o755);
  home = `${folder}/home`;
  engineDirectory = `${folder}/engine`;
  mkdirSync(`${engineDirectory}/pins`, { recursive: true });
  mkdirSync(`${home}/work`, { recursive: true });
  writeFileSync(`${home}/work/file`, 'mine');
  for (const path of [home, `${home}/work`]) {
    chownSync(path, account.uid, account.gid);
    chmodSync(path, 0o700);
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function request(change: Partial<FolderPinRequest> = {}): FolderPinRequest {
  return {
    kind: 'folder',
    within: null,
    account,
    folder: `${home}/work`,
    create: false,
    readOnly: false,
    ...change,
  };
}

const failsWith = (code: string): unknown => expect.objectContaining({ code });

/** Root's right to mount is what these tests need. */
function canMount(): boolean {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && process.env['CI'] === 'true') throw new Error('CI must run these tests as root');
  if (!isRoot) process.stderr.write('skipped: pins can only be made by root\n');
  return isRoot;
}

describe.skipIf(!canMount())('pins of root', () => {
  let engine: ChildProcess;

  function system(command: string, ...parameters: readonly string[]): void {
    const { status, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
  }

  /** A process with a mount namespace of its own, which receives what is mounted below the pins. */
  beforeEach(async () => {
    const pins = `${engineDirectory}/pins`;
    system('mount', '-n', '--bind', pins, pins);
    system('mount', '-n', '--make-private', pins);
    system('mount', '-n', '--make-shared', pins);
    const parameters = ['-m', '--propagation', 'slave', 'sh', '-c', 'echo; exec sleep 1000'];
    engine = spawn('unshare', parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (engine.stdout !== null) await once(engine.stdout, 'data');
    writeFileSync(`${engineDirectory}/engine.pid`, `${engine.pid}\n`);
  });
  afterEach(async () => {
    const ended = once(engine, 'exit');
    engine.kill('SIGKILL');
    await ended;
    for (const { path } of readMounts('self').toReversed()) {
      if (path.startsWith(`${folder}/`)) system('umount', '-n', '-l', path);
    }
  });

  const pins = () => createPins({ engineDirectory, asRoot: true });
  const mountsBelow = () =>
    readMounts('self').filter(({ path }) => path.includes(`${folder}/engine/pins/`));
  const inEngine = (path: string) => `/proc/${engine.pid}/root${path}`;

  test('the engine sees the folder, without setuid programs and devices', async () => {
    const [pin] = await pins().pin('l1', [request()]);
    expect(pin).toEqual({ path: `${engineDirectory}/pins/l1/0`, source: `${home}/work` });
    expect(readFileSync(`${inEngine(pin?.path ?? '')}/file`, 'utf8')).toBe('mine');
    const seen = readMounts(engine.pid ?? 0).find(({ path }) => path === pin?.path);
    expect(seen?.options).toEqual(expect.arrayContaining(['rw', 'nosuid', 'nodev']));
    expect(readdirSync(`${engineDirectory}/staging`)).toEqual([]);
  });

  test('a pin that is read-only is so for the engine', async () => {
    const [pin] = await pins().pin('l1', [request({ readOnly: true })]);
    const write = () => writeFileSync(`${inEngine(pin?.path ?? '')}/new`, '');
    expect(write).toThrow(failsWith('EROFS'));
  });

  test('all pins of a key go together, here and for the engine, and again is fine', async () => {
    mkdirSync(`${home}/data`, { mode: 0o755 });
    await pins().pin('l1', [request(), request({ folder: `${home}/data`, readOnly: true })]);
    await pins().pin('l2', [request()]);
    expect((await pins().keys()).toSorted()).toEqual(['l1', 'l2']);
    await pins().unpin('l1');
    await pins().unpin('l1');
    expect(await pins().keys()).toEqual(['l2']);
    expect(readMounts(engine.pid ?? 0).filter(({ path }) => path.includes('/l1/'))).toEqual([]);
    expect(readFileSync(`${home}/work/file`, 'utf8')).toBe('mine');
  });

  test('pinning a key again replaces its pins', async () => {
    await pins().pin('l1', [request()]);
    const [pin] = await pins().pin('l1', [request()]);
    expect(mountsBelow()).toHaveLength(1);
    expect(existsSync(`${pin?.path}/file`)).toBe(true);
  });

  test('a folder is made as its user, with the parents', async () => {
    const deep = `${home}/new/deep`;
    await pins().pin('l1', [request({ folder: deep, create: true })]);
    expect([statSync(deep).uid, statSync(`${home}/new`).gid]).toEqual([account.uid, account.gid]);
  });

  test('odd names are only names', async () => {
    const odd = `${home}/$(touch x) 'a"b\\ -z`;
    const [pin] = await pins().pin('l1', [request({ folder: odd, create: true })]);
    writeFileSync(`${odd}/file`, 'odd');
    expect(readFileSync(`${pin?.path}/file`, 'utf8')).toBe('odd');
    expect(readdirSync(home).toSorted()).toHaveLength(2);
  });

  test.each<readonly [string, string, () => Partial<FolderPinRequest>]>([
    ['is missing', 'workspace.not-found', () => ({ folder: `${home}/none` })],
    ['is a file', 'workspace.not-a-folder', () => ({ folder: `${home}/work/file` })],
    [
      'would lie in a file',
      'workspace.not-a-folder',
      () => ({ folder: `${home}/work/file/x`, create: true }),
    ],
    [
      'is a link',
      'workspace.is-link',
      () => (symlinkSync('/etc', `${home}/link`), { folder: `${home}/link/` }),
    ],
    [
      'dangles',
      'workspace.is-link',
      () => (symlinkSync('/none', `${home}/link`), { folder: `${home}/link`, create: true }),
    ],
    [
      'is root’s own',
      'workspace.denied',
      () => (mkdirSync(`${folder}/secret`, { mode: 0o700 }), { folder: `${folder}/secret` }),
    ],
    [
      'lies in root’s own',
      'workspace.denied',
      () => (mkdirSync(`${folder}/secret`, { mode: 0o700 }), { folder: `${folder}/secret/x` }),
    ],
    ['may not be made', 'workspace.denied', () => ({ folder: `${folder}/new`, create: true })],
    ['is not absolute', 'workspace.invalid', () => ({ folder: 'work' })],
    ['has a newline', 'workspace.invalid', () => ({ folder: `${home}/work\n` })],
  ])('a folder that %s is refused with %s and leaves nothing', async (_, code, change) => {
    const wanted = request(change());
    await expect(pins().pin('l1', [request(), wanted])).rejects.toEqual(failsWith(code));
    expect(mountsBelow()).toEqual([]);
    expect(await pins().keys()).toEqual([]);
  });

  test('a pin that the engine does not see is refused', async () => {
    writeFileSync(`${engineDirectory}/engine.pid`, `${2 ** 22 + 1}`);
    await expect(pins().pin('l1', [request()])).rejects.toEqual(failsWith('pin.not-visible'));
    system('mount', '-n', '--make-private', `${engineDirectory}/pins`);
    writeFileSync(`${engineDirectory}/engine.pid`, `${engine.pid}`);
    await expect(pins().pin('l1', [request()])).rejects.toEqual(failsWith('pin.not-visible'));
    expect(mountsBelow()).toEqual([]);
  });

  test('a placeholder whose mount is lost shows nobody anything and can be cleared away', async () => {
    const [pin] = await pins().pin('l1', [request()]);
    system('umount', '-n', pin?.path ?? '');
    expect(statSync(pin?.path ?? '').mode & 0o7777).toBe(0);
    expect(readdirSync(pin?.path ?? '')).toEqual([]);
    await pins().unpin('l1');
    expect(await pins().keys()).toEqual([]);
  });

  test('a pin that is in use goes all the same', async () => {
    const [pin] = await pins().pin('l1', [request()]);
    const user = spawn('sleep', ['1000'], { cwd: pin?.path, stdio: 'ignore' });
    await once(user, 'spawn');
    await pins().unpin('l1');
    expect(mountsBelow()).toEqual([]);
    user.kill('SIGKILL');
    await once(user, 'exit');
    expect(readFileSync(`${home}/work/file`, 'utf8')).toBe('mine');
  });

  test('a folder swapped for a link while it is pinned never leads out of the user’s rights', async () => {
    mkdirSync(`${folder}/secret`, { mode: 0o700 });
    writeFileSync(`${folder}/secret/file`, 'root');
    const source = `
      const fs = require('node:fs');
      process.stdout.write('x');
      for (;;) {
        try { fs.renameSync('work', 'away'); fs.symlinkSync('../secret', 'work'); } catch {}
        try { fs.unlinkSync('work'); fs.renameSync('away', 'work'); } catch {}
      }`;
    const swapper = spawn(process.execPath, ['-e', source], {
      cwd: home,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (swapper.stdout !== null) await once(swapper.stdout, 'data');
    const found = new Set<string>();
    for (let round = 0; round < 15; round += 1) {
      const outcome = await pins()
        .pin('l1', [request()])
        .catch((error: { code: string }) => error.code);
      found.add(
        typeof outcome === 'string' ? outcome : readFileSync(`${outcome[0]?.path}/file`, 'utf8'),
      );
      await pins().unpin('l1');
    }
    swapper.kill('SIGKILL');
    await once(swapper, 'exit');
    expect(found).not.toContain('root');
  });
});

describe('pins of the only user of an engine', () => {
  const pins = () => createPins({ engineDirectory, asRoot: false });

  test('are the folders themselves', async () => {
    expect(await pins().pin('l1', [request()])).toEqual([
      { path: `${home}/work`, source: `${home}/work` },
    ]);
    expect(await pins().keys()).toEqual(['l1']);
    await pins().unpin('l1');
    expect(await pins().keys()).toEqual([]);
    expect(existsSync(`${home}/work/file`)).toBe(true);
  });

  test('are made when asked for, and refused like root’s', async () => {
    const pin = (change: Partial<FolderPinRequest>) => pins().pin('l1', [request(change)]);
    await pin({ folder: `${home}/new/deep`, create: true });
    expect(existsSync(`${home}/new/deep`)).toBe(true);
    symlinkSync('/etc', `${home}/link`);
    await expect(pin({ folder: `${home}/link` })).rejects.toEqual(failsWith('workspace.is-link'));
    await expect(pin({ folder: `${home}/none` })).rejects.toEqual(failsWith('workspace.not-found'));
    await expect(pin({ folder: `${home}/work/file` })).rejects.toEqual(
      failsWith('workspace.not-a-folder'),
    );
  });
});

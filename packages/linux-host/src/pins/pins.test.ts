import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { FolderPinRequest } from '@ds01/ports';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { account, canMount, createPlace, startEngine, system } from './fixture.ts';
import type { Engine, Place } from './fixture.ts';
import { readMounts } from './mounts.ts';
import { createPins } from './pins.ts';

let place: Place;
let folder = '';
let home = '';
let engineDirectory = '';
let request: Place['request'];

beforeEach(() => {
  place = createPlace();
  ({ folder, home, engineDirectory, request } = place);
});
afterEach(() => place.remove());

const failsWith = (code: string): unknown => expect.objectContaining({ code });

describe.skipIf(!canMount())('pins of root', () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await startEngine(place);
  });
  afterEach(() => engine.stop());

  const pins = () => engine.pins;
  const mountsBelow = () => engine.mountsHere();
  const inEngine = (path: string) => engine.see(path);

  test('the engine sees the folder, without setuid programs and devices', async () => {
    const [pin] = await pins().pin('l1', [request()]);
    expect(pin).toEqual({
      path: `${engineDirectory}/pins/l1/0`,
      source: `${home}/work`,
      readOnly: false,
    });
    expect(readFileSync(`${inEngine(pin?.path ?? '')}/file`, 'utf8')).toBe('mine');
    const seen = readMounts(engine.pid ?? 0).find(({ path }) => path === pin?.path);
    expect(seen?.options).toEqual(expect.arrayContaining(['rw', 'nosuid', 'nodev']));
    expect(readdirSync(`${engineDirectory}/staging`)).toEqual([]);
  });

  test('a pin that is read-only is so for the engine, which needn’t make it so', async () => {
    const [pin] = await pins().pin('l1', [request({ readOnly: true })]);
    expect(pin?.readOnly).toBe(false);
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
    expect(
      readMounts(engine.pid ?? 0).filter(({ path }) =>
        path.startsWith(`${engineDirectory}/pins/l1/`),
      ),
    ).toEqual([]);
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

  test('a check refuses what a pin would refuse, and makes nothing', async () => {
    await pins().check([request({ within: [home] }), request({ folder: home })]);
    const check = (change: Partial<FolderPinRequest>) => pins().check([request(change)]);
    await expect(check({ folder: `${home}/new` })).rejects.toEqual(
      failsWith('workspace.not-found'),
    );
    await expect(check({ folder, within: [home] })).rejects.toEqual(failsWith('workspace.outside'));
    expect([await pins().keys(), mountsBelow(), readdirSync(home)]).toEqual([[], [], ['work']]);
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
});

describe('pins of the only user of an engine', () => {
  const pins = () => createPins({ engineDirectory, asRoot: false });

  test('are the folders themselves', async () => {
    expect(await pins().pin('l1', [request()])).toEqual([
      { path: `${home}/work`, source: `${home}/work`, readOnly: false },
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

import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { FilePinRequest, Pins, PinRequest, SecretsPinRequest } from '@ds01/ports';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { account, canMount, createPlace, startEngine, system } from './fixture.ts';
import type { Engine, Place } from './fixture.ts';
import { readMounts } from './mounts.ts';
import { createPins } from './pins.ts';

const failsWith = (code: string): unknown => expect.objectContaining({ code });
const file = (text: string, name = 'passwd'): FilePinRequest => ({ kind: 'file', name, text });
const secrets = (values: Readonly<Record<string, string>> | null): SecretsPinRequest => ({
  kind: 'secrets',
  account,
  files:
    values === null
      ? null
      : Object.entries(values).map(([name, value]) => ({ name, bytes: Buffer.from(value) })),
});

let place: Place;
beforeEach(() => {
  place = createPlace();
});
afterEach(() => place.remove());

describe.skipIf(!canMount())('files and secrets pinned by root', () => {
  let engine: Engine;
  let pins: Pins;
  beforeEach(async () => {
    engine = await startEngine(place);
    ({ pins } = engine);
  });
  afterEach(() => engine.stop());

  const pinPaths = async (...requests: readonly PinRequest[]): Promise<readonly string[]> =>
    (await pins.pin('l1', requests)).map(({ path }) => path);
  /** What a program run as the account in the engine's namespace prints. */
  const asAccount = (...command: readonly string[]): string =>
    engine.run(
      'setpriv',
      `--reuid=${account.uid}`,
      `--regid=${account.gid}`,
      '--clear-groups',
      '--',
      ...command,
    );

  test('have their places beside the folders, in the order of the requests', async () => {
    const requests = [file('a'), place.request(), secrets({ token: 'x' }), file('b', 'group')];
    const base = `${place.engineDirectory}/pins/l1`;
    expect(await pins.pin('l1', requests)).toEqual([
      { path: `${base}/passwd`, source: 'ds01:passwd', readOnly: true },
      { path: `${base}/0`, source: `${place.home}/work`, readOnly: false },
      { path: `${base}/secrets`, source: 'ds01:secrets', readOnly: false },
      { path: `${base}/group`, source: 'ds01:group', readOnly: true },
    ]);
    expect(await pins.inspect('l1')).toBe('whole');
  });

  test('a file is root’s, readable by all and for the engine', async () => {
    const [path = ''] = await pinPaths(file('alice:x:54321:\n'));
    const { uid, mode } = statSync(engine.see(path));
    expect([uid, mode & 0o7777]).toEqual([0, 0o444]);
    expect(readFileSync(engine.see(path), 'utf8')).toBe('alice:x:54321:\n');
  });

  test('a file that was prepared is whole, and stays the same file when it is pinned', async () => {
    const requests = [file('alice:x:54321:\n'), place.request()];
    const [prepared] = await pins.prepare('l1', requests);
    const before = statSync(prepared?.path ?? '');
    expect(readFileSync(prepared?.path ?? '', 'utf8')).toBe('alice:x:54321:\n');
    const [pinned] = await pins.pin('l1', requests);
    expect(pinned).toEqual(prepared);
    expect(statSync(pinned?.path ?? '').ino).toBe(before.ino);
    await pins.pin('l1', [file('bob:x:54322:\n'), place.request()]);
    expect(readFileSync(pinned?.path ?? '', 'utf8')).toBe('bob:x:54322:\n');
  });

  test('secrets are in memory, only the account’s to read, and can’t be changed by anybody', async () => {
    const [path = ''] = await pinPaths(secrets({ 'a b': 'one', '-n': 'two' }));
    const mount = engine.mountAt(path);
    expect(mount?.type).toBe('tmpfs');
    expect(mount?.options).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec']));
    const { uid, gid, mode } = statSync(engine.see(path));
    expect([uid, gid, mode & 0o7777]).toEqual([account.uid, account.gid, 0o500]);
    const secret = statSync(engine.see(`${path}/a b`));
    expect([secret.uid, secret.gid, secret.mode & 0o7777]).toEqual([
      account.uid,
      account.gid,
      0o400,
    ]);
    expect(readFileSync(engine.see(`${path}/a b`), 'utf8')).toBe('one');
    expect(() => writeFileSync(engine.see(`${path}/new`), '')).toThrow(failsWith('EROFS'));
    const size = spawnSync('stat', ['-f', '-c', '%b %S', path], { encoding: 'utf8' }).stdout;
    const [blocks = 0, bytes = 0] = size.split(' ').map(Number);
    expect(blocks * bytes).toBe(1024 * 1024);
  });

  test('secrets are kept when asked so, and lost with their mount', async () => {
    const [path = ''] = await pinPaths(secrets({ token: 'x' }));
    expect(await pinPaths(file('new'), secrets(null))).toContain(path);
    expect(readFileSync(engine.see(`${path}/token`), 'utf8')).toBe('x');
    system('umount', '-n', path);
    expect(await pins.inspect('l1')).toBe('missing');
    await expect(pins.pin('l1', [secrets(null)])).rejects.toEqual(failsWith('secrets.lost'));
    await expect(pins.pin('l2', [secrets(null)])).rejects.toEqual(failsWith('secrets.lost'));
    expect(await pins.keys()).toEqual(['l1']);
    await pinPaths(secrets({ token: 'y' }));
    expect(await pins.inspect('l1')).toBe('whole');
  });

  test('secrets fill their megabyte and no more', async () => {
    const [path = ''] = await pinPaths(secrets({ large: 'x'.repeat(1024 * 1024) }));
    expect(statSync(`${path}/large`).size).toBe(1024 * 1024);
    const many = Object.fromEntries(Array.from({ length: 256 }, (_, at) => [`s${at}`, 'x']));
    await pinPaths(secrets(many));
    expect(readdirSync(path)).toHaveLength(256);
    const tooMany = secrets({ ...many, more: 'x' });
    await expect(pins.pin('l1', [tooMany])).rejects.toEqual(failsWith('request.too-large'));
  });

  test.each<readonly [string, readonly PinRequest[]]>([
    ['a path', [file('x', 'a/b')]],
    ['the secrets’ own', [file('x', 'secrets')]],
    ['a number', [file('x', '0')]],
    ['there twice', [file('x'), file('y')]],
    ['a secret’s path', [secrets({ '../x': '' })]],
    ['a secret’s dots', [secrets({ '..': '' })]],
    ['too long', [secrets({ ['é'.repeat(128)]: '' })]],
  ])('a name that is %s is refused', async (_, requests) => {
    await expect(pins.pin('l1', requests)).rejects.toEqual(failsWith('request.invalid'));
    expect(await pins.keys()).toEqual([]);
  });

  test('a refusal leaves the pins that a key has as they are', async () => {
    const requests = [place.request(), file('old'), secrets({ token: 'x' })];
    const [folder = '', passwd = '', secret = ''] = await pinPaths(...requests);
    const refused = place.request({ folder: `${place.home}/none` });
    const again = pins.pin('l1', [place.request(), file('new'), secrets({ token: 'y' }), refused]);
    await expect(again).rejects.toEqual(failsWith('workspace.not-found'));
    expect(readFileSync(engine.see(`${folder}/file`), 'utf8')).toBe('mine');
    expect(readFileSync(engine.see(passwd), 'utf8')).toBe('old');
    expect(readFileSync(engine.see(`${secret}/token`), 'utf8')).toBe('x');
    expect(await pins.inspect('l1')).toBe('whole');
    expect(readdirSync(`${place.engineDirectory}/staging`)).toEqual([]);
  });

  test('what a running container has mounted stays when its key is pinned again', async () => {
    const sources = await pinPaths(place.request(), file('old'), secrets({ token: 'x' }));
    const inside = ['work', 'passwd', 'secrets'].map((name) => `${place.folder}/inside-${name}`);
    for (const [number, target] of inside.entries()) {
      if (number === 1) writeFileSync(target, '');
      else mkdirSync(target);
      engine.run('mount', '-n', '--make-private', '--bind', sources[number] ?? '', target);
    }
    const seen = () =>
      ['/file', '', '/token'].map((name, at) =>
        readFileSync(engine.see(`${inside[at]}${name}`), 'utf8'),
      );
    expect(seen()).toEqual(['mine', 'old', 'x']);
    expect(await pinPaths(place.request(), file('new'), secrets({ token: 'y' }))).toEqual(sources);
    expect(seen()).toEqual(['mine', 'old', 'x']);
    await pins.unpin('l1');
    expect(seen()).toEqual(['mine', 'old', 'x']);
    expect(await pins.keys()).toEqual([]);
  });

  test('a key that gets fewer pins loses the others', async () => {
    await pinPaths(place.request(), place.request(), file('x'), secrets({ token: 'x' }));
    const [path = ''] = await pinPaths(place.request());
    expect(engine.mountsHere().map((mount) => mount.path)).toEqual([path]);
    expect(readdirSync(`${place.engineDirectory}/pins/l1`)).toEqual(['0']);
  });

  test('what was cut short half-way is cleared away', async () => {
    const { engineDirectory: base } = place;
    await pinPaths(place.request(), file('x'), secrets({ token: 'x' }));
    for (const path of [`${base}/staging/l1-0`, `${base}/staging/l1-secrets`, `${base}/pins/l1/1`])
      mkdirSync(path, { mode: 0 });
    system('mount', '-n', '--bind', `${place.home}/work`, `${base}/staging/l1-0`);
    system('mount', '-n', '-t', 'tmpfs', 'x', `${base}/staging/l1-secrets`);
    writeFileSync(`${base}/staging/l1-secrets/token`, 'y');
    writeFileSync(`${base}/pins/l1/.new-group`, 'half');
    expect(await pins.inspect('l1')).toBe('missing');
    await pins.unpin('l1');
    expect([readdirSync(`${base}/pins`), readdirSync(`${base}/staging`)]).toEqual([[], []]);
    expect(readMounts('self').filter(({ path }) => path.startsWith(`${base}/staging`))).toEqual([]);
    expect(readFileSync(`${place.home}/work/file`, 'utf8')).toBe('mine');
  });

  test('are inspected in the engine’s namespace, not in this one', async () => {
    expect(await pins.inspect('l1')).toBe('missing');
    const [path = '', passwd = ''] = await pinPaths(place.request(), file('x'));
    expect(await pins.inspect('l1')).toBe('whole');
    engine.run('mount', '-n', '-o', 'remount,bind,suid', path);
    expect(await pins.inspect('l1')).toBe('damaged');
    engine.run('umount', '-n', path);
    expect(await pins.inspect('l1')).toBe('missing');
    await pinPaths(place.request(), file('x'));
    rmSync(`${place.home}/work`, { recursive: true });
    expect(await pins.inspect('l1')).toBe('damaged');
    await pinPaths(place.request({ create: true }), file('x'));
    engine.run('mount', '-n', '--bind', '-o', 'nosuid,nodev', '/etc/passwd', passwd);
    expect(await pins.inspect('l1')).toBe('damaged');
    writeFileSync(`${place.engineDirectory}/engine.pid`, `${2 ** 22 + 1}`);
    await expect(pins.inspect('l1')).rejects.toEqual(failsWith('pin.not-visible'));
  });

  test('a setuid program and a device planted in a workspace are harmless in the pin', async () => {
    const planted = `${place.home}/work`;
    system('mount', '-n', '-t', 'tmpfs', '-o', 'suid,dev,exec,mode=0755', 'x', planted);
    for (const path of [place.home, planted]) system('chown', String(account.uid), path);
    copyFileSync('/usr/bin/id', `${planted}/id`);
    system('chmod', '4755', `${planted}/id`);
    system('mknod', '-m', '666', `${planted}/zero`, 'c', '1', '5');
    const open = (path: string): void => closeSync(openSync(path, 'r'));
    // The wall away: it would have worked.
    const direct = ['setpriv', `--reuid=${account.uid}`, '--clear-groups', `${planted}/id`, '-u'];
    expect(spawnSync(direct[0] ?? '', direct.slice(1), { encoding: 'utf8' }).stdout).toBe('0\n');
    open(`${planted}/zero`);
    const [path = ''] = await pinPaths(place.request({ within: [place.home] }));
    engine.run('mount', '-n', '--bind', path, '/mnt');
    expect(asAccount('/mnt/id', '-u')).toBe(`${account.uid}\n`);
    expect(() => open(engine.see('/mnt/zero'))).toThrow(failsWith('EACCES'));
  });
});

describe('files and secrets of the only user of an engine', () => {
  test('are plain files in closed folders', async () => {
    const pins = createPins({ engineDirectory: place.engineDirectory, asRoot: false });
    const base = `${place.engineDirectory}/pins/l1`;
    const requests = [file('x'), secrets({ token: 't', other: 'o' })];
    expect(await pins.pin('l1', requests)).toEqual([
      { path: `${base}/passwd`, source: 'ds01:passwd', readOnly: true },
      { path: `${base}/secrets`, source: 'ds01:secrets', readOnly: true },
    ]);
    const modes = ['', '/passwd', '/secrets', '/secrets/token'].map(
      (name) => statSync(`${base}${name}`).mode & 0o7777,
    );
    expect(modes).toEqual([0o700, 0o444, 0o700, 0o400]);
    const held = openSync(`${base}/secrets`, 'r');
    await pins.pin('l1', [secrets({ token: 'u' })]);
    // A running container has this folder mounted.
    expect(readlinkSync(`/proc/self/fd/${held}`)).toBe(`${base}/secrets`);
    closeSync(held);
    expect(readdirSync(`${base}/secrets`)).toEqual(['token']);
    expect(readFileSync(`${base}/secrets/token`, 'utf8')).toBe('u');
    await pins.pin('l1', [secrets(null)]);
    expect(await pins.inspect('l1')).toBe('whole');
    await pins.unpin('l1');
    expect(existsSync(base)).toBe(false);
    expect(await pins.inspect('l1')).toBe('missing');
    await expect(pins.pin('l1', [secrets(null)])).rejects.toEqual(failsWith('secrets.lost'));
    expect(await pins.keys()).toEqual([]);
  });
});

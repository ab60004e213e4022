import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createFileOf,
  readFileOf,
  writeFileOf,
  type FileToRead,
  type FileToWrite,
} from './files.ts';
import { createTree, isRoot, system, type Tree } from './fixture.ts';

describe.skipIf(!isRoot())('a small file of a person', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTree();
  });
  afterEach(() => tree[Symbol.dispose]());

  const codeOf = (error: unknown): string => (error as { code: string }).code;

  /** Its text, `null`, or the code of the refusal. */
  async function read(path: string, change: Partial<FileToRead> = {}): Promise<string | null> {
    const { alice: account, home } = tree;
    const file = { account, path, maxBytes: 1000, within: [home], ...change };
    const bytes = await readFileOf(file).catch(codeOf);
    return bytes === null || typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString();
  }

  /** `ok`, or the code of the refusal. */
  async function write(path: string, change: Partial<FileToWrite> = {}): Promise<string> {
    const { alice: account, home } = tree;
    const file = { account, path, text: 'new', mode: 0o600, within: [home], ...change };
    return writeFileOf(file).then(() => 'ok', codeOf);
  }

  test('is read up to a size', async () => {
    expect(await read(`${tree.home}/work/file`)).toBe('mine');
    expect(await read(`${tree.home}/work/file`, { maxBytes: 4 })).toBe('mine');
    expect(await read(`${tree.home}/work/file`, { maxBytes: 3 })).toBe('file.too-large');
    expect(await read(`${tree.home}/work/none`)).toBeNull();
    expect(await read(`${tree.home}/none/none`)).toBeNull();
  });

  test('is created where there is none, by one of those who try at once', async () => {
    const { alice: account, home } = tree;
    const path = `${home}/work/new file`;
    const file = { account, path, mode: 0o644, within: [home] };
    const made = await Promise.all(['a', 'b', 'c'].map((text) => createFileOf({ ...file, text })));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(['a', 'b', 'c'][made.indexOf(true)]).toBe(readFileSync(path, 'utf8'));
    expect(statSync(path)).toMatchObject({ uid: account.uid, nlink: 1 });
    expect(readdirSync(`${home}/work`).toSorted()).toEqual(['file', 'new file']);
    symlinkSync('/nowhere', `${home}/work/link`);
    const link = createFileOf({ ...file, path: `${home}/work/link`, text: 'x' });
    await expect(link).rejects.toMatchObject({ code: 'file.not-a-file' });
  });

  test('is read byte for byte, whatever its name', async () => {
    const path = `${tree.home}/-n "$(id)" ' \\`;
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    tree.make(tree.alice, path, '');
    writeFileSync(path, bytes);
    const { alice: account, home } = tree;
    const found = await readFileOf({ account, path, maxBytes: 256, within: [home] });
    expect(found).toEqual(new Uint8Array(bytes));
  });

  test('is the person’s own and has the mode asked for, and nothing else is left', async () => {
    const path = `${tree.home}/-f '$(id)`;
    for (const mode of [0o600, 0o644, 0o440]) {
      expect(await write(path, { mode, text: `é${mode}` })).toBe('ok');
      const { uid, gid, mode: found } = statSync(path);
      expect([uid, gid, found & 0o7777]).toEqual([tree.alice.uid, tree.alice.gid, mode]);
      expect(readFileSync(path, 'utf8')).toBe(`é${mode}`);
    }
    expect(readdirSync(tree.home).toSorted()).toEqual([`-f '$(id)`, 'work']);
  });

  test('of 500 KB arrives whole', async () => {
    const text = 'x'.repeat(500_000);
    expect(await write(`${tree.home}/large`, { text })).toBe('ok');
    expect(await read(`${tree.home}/large`, { maxBytes: 1_000_000 })).toBe(text);
  });

  test.each<readonly [string, (tree: Tree, path: string) => unknown]>([
    ['link to somebody else’s file', (it, path) => symlinkSync(`${it.bobsHome}/file`, path)],
    ['link to a file of the person’s own', (it, path) => symlinkSync(`${it.home}/work/file`, path)],
    ['link to nothing', (_, path) => symlinkSync('/tmp/none', path)],
    ['FIFO', (_, path) => system('mkfifo', '-m', '666', path)],
    ['device', (_, path) => system('mknod', '-m', '666', path, 'c', '1', '5')],
    ['folder', (_, path) => mkdirSync(path, { mode: 0o777 })],
  ])('that is a %s is refused at once, and stays', async (_, plant) => {
    const path = `${tree.home}/.ds01-limits`;
    plant(tree, path);
    const before = lstatSync(path);
    expect(await read(path)).toBe('file.not-a-file');
    expect(await write(path)).toBe('file.not-a-file');
    expect(lstatSync(path)).toMatchObject({ ino: before.ino, mode: before.mode });
    expect(readFileSync(`${tree.bobsHome}/file`, 'utf8')).toBe('his');
    expect(readFileSync(`${tree.home}/work/file`, 'utf8')).toBe('mine');
    expect(existsSync('/tmp/none')).toBe(false);
  });

  test('that is a hard link to somebody else’s is not read, and not written through', async () => {
    const path = `${tree.home}/.ds01-limits`;
    tree.make(tree.bob, `${tree.bobsHome}/open`, 'his', 0o666);
    linkSync(`${tree.bobsHome}/open`, path);
    expect(await read(path)).toBe('file.not-a-file');
    expect(await write(path)).toBe('ok');
    expect(readFileSync(`${tree.bobsHome}/open`, 'utf8')).toBe('his');
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('is neither read nor written where only root could', async () => {
    tree.make(tree.bob, `${tree.home}/closed`, 'his', 0o600);
    expect(await read(`${tree.home}/closed`)).toBe('file.denied');
    for (const path of [`${tree.bobsHome}/file`, '/etc/shadow', '/root/x', `${tree.shared}/new`]) {
      expect(await write(path, { within: null })).toBe('file.denied');
    }
    expect(await read(`${tree.bobsHome}/file`, { within: null })).toBe('file.denied');
    expect(await read('/etc/shadow', { within: null })).toBe('file.denied');
    expect(await write(`${tree.home}/none/x`)).toBe('file.not-found');
  });

  test('outside of the allowed folders is refused, by whatever way, and was reached without', async () => {
    symlinkSync(tree.shared, `${tree.home}/out`);
    tree.make(tree.alice, `${tree.folder}/drop`);
    symlinkSync(`${tree.folder}/drop`, `${tree.home}/drop`);
    expect(await read(`${tree.home}/out/file`, { within: null })).toBe('shared');
    expect(await write(`${tree.home}/drop/x`, { within: null })).toBe('ok');
    for (const path of [`${tree.home}/out/file`, `${tree.shared}/file`]) {
      expect(await read(path)).toBe('workspace.outside');
    }
    expect(await write(`${tree.home}/drop/y`)).toBe('workspace.outside');
    expect(await write(`${tree.home}/../drop/y`, { within: [] })).toBe('workspace.outside');
    expect(readdirSync(`${tree.folder}/drop`)).toEqual(['x']);
    const within = [tree.home, `${tree.folder}/drop`];
    expect(await write(`${tree.home}/drop/y`, { within })).toBe('ok');
  });

  test('swapped for a link all the time is never followed', async () => {
    const path = `${tree.home}/.ds01-limits`;
    tree.make(tree.alice, `${tree.folder}/precious`, 'precious', 0o600);
    const source = `
      const fs = require('node:fs');
      process.stdout.write('x');
      for (;;) {
        try { fs.rmSync('.ds01-limits', { force: true }); fs.symlinkSync('../precious', '.ds01-limits'); } catch {}
        try { fs.writeFileSync('.own', 'own'); fs.chownSync('.own', 54321, 54321); fs.renameSync('.own', '.ds01-limits'); } catch {}
      }`;
    const swapper = spawn(process.execPath, ['-e', source], {
      cwd: tree.home,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (swapper.stdout !== null) await once(swapper.stdout, 'data');
    const found = new Set<string | null>();
    const rounds = process.env['DS01_TEST_LONG'] === '1' ? 1000 : 30;
    for (let round = 0; round < rounds; round += 1) {
      await write(path);
      found.add(await read(path));
    }
    swapper.kill('SIGKILL');
    await once(swapper, 'close');
    expect(found).not.toContain('precious');
    expect(readFileSync(`${tree.folder}/precious`, 'utf8')).toBe('precious');
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true)
      expect(readlinkSync(path)).toBe('../precious');
  });

  test.each(['relative', '/x\ny', '/'])('at the path %j is a mistake', async (path) => {
    expect(await read(path)).toMatch(/^workspace.invalid|file.not-a-file$/);
  });
});

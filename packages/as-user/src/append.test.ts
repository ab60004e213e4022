import {
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendToFileOf, type TextToAppend } from './append.ts';
import { factsOfFile } from './facts.ts';
import { createTree, isRoot, system, type Tree } from './fixture.ts';

const codeOf = (error: unknown): string => (error as { code: string }).code;

describe.skipIf(!isRoot())('text at the end of a person’s file', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTree();
  });
  afterEach(() => tree[Symbol.dispose]());

  /** `ok`, or the code of the refusal. */
  async function append(path: string, change: Partial<TextToAppend> = {}): Promise<string> {
    const { alice: account } = tree;
    const file = { account, path, text: 'new\n', maxBytes: 1000, within: null, ...change };
    return appendToFileOf(file).then(() => 'ok', codeOf);
  }

  test('comes after what is there; a file is made where none is, the person’s own', async () => {
    const path = `${tree.home}/work/alerts`;
    expect(await append(path, { text: 'one\n' })).toBe('ok');
    expect(await append(path, { text: 'two\n' })).toBe('ok');
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    const { uid, mode } = statSync(path);
    expect([uid, mode & 0o777]).toEqual([tree.alice.uid, 0o600]);
    expect(readdirSync(`${tree.home}/work`).toSorted()).toEqual(['alerts', 'file']);
  });

  test('keeps the file within its size, and its lines whole', async () => {
    const path = `${tree.home}/work/alerts`;
    for (let index = 10; index < 40; index += 1) {
      expect(await append(path, { text: `line ${index}\n`, maxBytes: 50 })).toBe('ok');
    }
    expect(readFileSync(path, 'utf8')).toBe(
      'line 34\nline 35\nline 36\nline 37\nline 38\nline 39\n',
    );
  });

  test('is not slow where a file has a hole of a terabyte in it', async () => {
    const path = `${tree.home}/work/file`;
    system('truncate', '-s', '1T', path);
    expect(await append(path)).toBe('ok');
    expect(statSync(path).size).toBeLessThanOrEqual(1000);
    expect(readFileSync(path, 'utf8').endsWith('new\n')).toBe(true);
  });

  test.each<readonly [string, (path: string, tree: Tree) => void]>([
    ['a link to a file of root', (path, { shared }) => symlinkSync(`${shared}/file`, path)],
    ['a link to nothing', (path) => symlinkSync('/nowhere', path)],
    ['a FIFO that nobody reads', (path) => system('mkfifo', path)],
    ['a device', (path) => system('mknod', path, 'c', '1', '3')],
    ['a folder', (path, it) => it.make(it.alice, path)],
    ['a hard link to somebody else’s file', (path, { shared }) => linkSync(`${shared}/file`, path)],
  ])('is not put into %s', async (_, prepare) => {
    const path = `${tree.home}/work/alerts`;
    prepare(path, tree);
    expect(await append(path)).toBe('file.not-a-file');
    expect(readFileSync(`${tree.shared}/file`, 'utf8')).toBe('shared');
  });

  test('leaves the other names of a hard link as they were', async () => {
    const path = `${tree.home}/work/alerts`;
    linkSync(`${tree.home}/work/file`, path);
    expect(await append(path)).toBe('ok');
    expect(readFileSync(`${tree.home}/work/file`, 'utf8')).toBe('mine');
    expect(readFileSync(path, 'utf8')).toBe('minenew\n');
  });

  test('is not written where the person may not', async () => {
    expect(await append(`${tree.bobsHome}/file`)).toBe('file.denied');
    expect(await append(`${tree.shared}/file2`)).toBe('file.denied');
    expect(await append(`${tree.home}/none/file`)).toBe('file.not-found');
    tree.make(tree.alice, `${tree.home}/work/secret`, 'x', 0o000);
    expect(await append(`${tree.home}/work/secret`)).toBe('file.denied');
  });
});

describe.skipIf(!isRoot())('what a person’s file is like', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTree();
  });
  afterEach(() => tree[Symbol.dispose]());

  const look = (path: string) =>
    factsOfFile({ account: tree.alice, path, within: null }).catch(codeOf);

  test('is seen without opening it', async () => {
    const path = tree.make(tree.alice, `${tree.home}/hook`, '#!/bin/sh', 0o700);
    utimesSync(path, 1_000_000.5, 1_700_000_000.25);
    const facts = { modifiedAtMs: 1_700_000_000_250, own: true, executable: true };
    expect(await look(path)).toEqual(facts);
    expect(await look(`${tree.home}/work/file`)).toMatchObject({ executable: false });
    expect(await look(`${tree.shared}/file`)).toMatchObject({ own: false });
    expect(await look(`${tree.home}/none`)).toBeNull();
    expect(await look(`${tree.home}/none/none`)).toBeNull();
  });

  test('is never of a time to come, whatever the person set it to', async () => {
    const path = tree.make(tree.alice, `${tree.home}/.keep-alive`, '');
    utimesSync(path, 4_000_000_000, 4_000_000_000);
    expect(await look(path)).toMatchObject({ modifiedAtMs: Math.floor(statSync(path).ctimeMs) });
  });

  test('is not asked of links, pipes and what the person may not reach', async () => {
    writeFileSync(`${tree.shared}/program`, '', { mode: 0o755 });
    symlinkSync(`${tree.shared}/program`, `${tree.home}/link`);
    system('mkfifo', `${tree.home}/pipe`);
    expect(await look(`${tree.home}/link`)).toBe('file.not-a-file');
    expect(await look(`${tree.home}/pipe`)).toBe('file.not-a-file');
    expect(await look(`${tree.bobsHome}/file`)).toBe('file.denied');
  });
});

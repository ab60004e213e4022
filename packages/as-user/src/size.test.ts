import { linkSync, symlinkSync, truncateSync, writeFileSync, chownSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTree, inventedAccount, isRoot, system, type Tree } from './fixture.ts';
import { sizeOfFolder } from './size.ts';

const mebibyte = 2 ** 20;
const rootAccount = inventedAccount('root', 0);
/** Folders take some blocks themselves. */
const folders = 64 * 1024;

describe.skipIf(!isRoot())('the space of a person’s files', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTree();
  });
  afterEach(() => tree[Symbol.dispose]());

  const measure = (folder: string, timeoutMs = 20_000) =>
    sizeOfFolder({ account: tree.alice, folder, timeoutMs });
  const bytesOf = async (folder: string): Promise<number> => (await measure(folder))?.bytes ?? -1;

  test('is what they take on the disk, once for each file, whatever length they claim', async () => {
    tree.make(tree.alice, `${tree.home}/work/model`, 'x'.repeat(4 * mebibyte));
    tree.make(tree.alice, `${tree.home}/work/sparse`, '');
    truncateSync(`${tree.home}/work/sparse`, 2 ** 40);
    linkSync(`${tree.home}/work/model`, `${tree.home}/work/again`);
    const found = await measure(tree.home);
    expect(found?.complete).toBe(true);
    expect(found?.bytes).toBeGreaterThanOrEqual(4 * mebibyte);
    expect(found?.bytes).toBeLessThan(4 * mebibyte + folders);
  });

  test('leaves out what is others’, what may not be read, and where links lead', async () => {
    const large = 'x'.repeat(4 * mebibyte);
    tree.make(tree.bob, `${tree.home}/work/his`, large, 0o644);
    tree.make(tree.alice, `${tree.home}/closed`);
    tree.make(tree.alice, `${tree.home}/closed/file`, large);
    system('chmod', '0', `${tree.home}/closed`);
    writeFileSync(`${tree.shared}/large`, large);
    chownSync(`${tree.shared}/large`, tree.alice.uid, tree.alice.gid);
    symlinkSync(tree.shared, `${tree.home}/out`);
    symlinkSync(`${tree.shared}/large`, `${tree.home}/large`);
    expect(await bytesOf(tree.home)).toBeLessThan(folders);
    expect((await measure(tree.home))?.complete).toBe(true);
  });

  test('is found through a link that is the folder, with the person’s rights', async () => {
    symlinkSync(`${tree.home}/work`, `${tree.home}/link`);
    expect(await bytesOf(`${tree.home}/link`)).toBeGreaterThan(0);
    expect(await measure(tree.bobsHome)).toBeNull();
    expect(await measure(`${tree.home}/nowhere`)).toBeNull();
  });

  test('says nothing that a file’s name says', async () => {
    tree.make(tree.alice, `${tree.home}/work/x\nend 0\n1 99999999 7`, 'x');
    expect(await bytesOf(tree.home)).toBeLessThan(folders);
  });

  test('is “at least so much” where there are too many files for the time', async () => {
    const started = performance.now();
    const all = await sizeOfFolder({ account: rootAccount, folder: '/', timeoutMs: 1 });
    expect(all?.complete).toBe(false);
    expect(performance.now() - started).toBeLessThan(8000);
  });
});

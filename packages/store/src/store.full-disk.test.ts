import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Store } from '@ds01/ports';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStore } from './store.ts';

const opened: Store[] = [];

function open(directory: string): Store {
  const store = createStore({ directory });
  opened.push(store);
  return store;
}

function count(store: Store): number {
  return store.transaction(({ meta }) => {
    const next = Number(meta.get('count') ?? 0) + 1;
    meta.set('count', String(next));
    return next;
  });
}

/** Root's right to mount is what the tests of a full disk need. */
function canMount(): boolean {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && process.env['CI'] === 'true') throw new Error('CI must run these tests as root');
  if (!isRoot) process.stderr.write('skipped: a full disk can only be made by root\n');
  return isRoot;
}

describe.skipIf(!canMount())('on a full disk', () => {
  let folder = '';
  let disk = '';

  function run(command: string, ...parameters: readonly string[]): void {
    const { status, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
  }

  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/ds01-store-`);
    disk = `${folder}/disk`;
    run('truncate', '--size=4M', `${folder}/image`);
    run('mkfs.ext4', '-q', '-m', '0', `${folder}/image`);
    run('mkdir', disk);
    run('mount', '-n', '-o', 'loop', `${folder}/image`, disk);
  });
  afterEach(() => {
    for (const store of opened.splice(0)) store.close();
    run('umount', '-n', disk);
    rmSync(folder, { recursive: true, force: true });
  });

  function fill(): void {
    spawnSync('dd', ['if=/dev/zero', `of=${disk}/filler`, 'bs=1k'], { stdio: 'ignore' });
  }

  const full = expect.objectContaining({ code: 'internal.storage-full' });

  test('a new ledger is refused, and made once there is space', () => {
    fill();
    const store = open(`${disk}/state`);
    expect(() => count(store)).toThrow(full);
    rmSync(`${disk}/filler`);
    expect(count(store)).toBe(1);
  });

  test('a transaction that does not fit fails as a whole, and the ledger stays good', () => {
    const store = open(disk);
    expect(count(store)).toBe(1);
    fill();
    const write = () =>
      store.transaction(({ meta }) => {
        meta.set('count', '1000');
        meta.set('big', 'x'.repeat(400_000));
      });
    expect(write).toThrow(full);
    expect(() => count(open(disk))).toThrow(full);
    rmSync(`${disk}/filler`);
    expect(count(store)).toBe(2);
    expect(count(open(disk))).toBe(3);
    expect(existsSync(`${disk}/ds01.db`)).toBe(true);
  });
});

import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rememberFiles } from './remember-files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-remember-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A reader of texts that counts what it reads. */
function reader() {
  const reads: string[] = [];
  const read = rememberFiles((path) => {
    reads.push(path);
    return statSync(path).isDirectory() ? readdirSync(path).join() : readFileSync(path, 'utf8');
  });
  return { read, reads };
}

/** Until the last change of a path is old enough to be told apart from the next. */
async function settle(path: string): Promise<void> {
  while (Date.now() - statSync(path).ctimeMs < 150) await delay(10);
}

test('what did not change is read once', async () => {
  const path = join(folder, 'a');
  writeFileSync(path, 'one');
  await settle(path);
  const { read, reads } = reader();
  expect([read(path), read(path), read(path)]).toEqual(['one', 'one', 'one']);
  expect(reads).toHaveLength(1);
});

test('a change of the same length is seen at once, however its times are set', async () => {
  const path = join(folder, 'a');
  writeFileSync(path, 'one');
  await settle(path);
  const { read } = reader();
  expect(read(path)).toBe('one');
  const { atime, mtime } = statSync(path);
  writeFileSync(path, 'two');
  utimesSync(path, atime, mtime);
  expect(read(path)).toBe('two');
  writeFileSync(path, 'six');
  expect(read(path)).toBe('six');
  writeFileSync(join(folder, 'b'), 'ten');
  renameSync(join(folder, 'b'), path);
  expect(read(path)).toBe('ten');
});

test('nothing there is null, and what comes later is read', () => {
  const { read, reads } = reader();
  const path = join(folder, 'a');
  expect(read(path)).toBeNull();
  expect(reads).toEqual([]);
  writeFileSync(path, 'one');
  expect(read(path)).toBe('one');
  rmSync(path);
  expect(read(path)).toBeNull();
});

test('a folder is read again when something comes into it, or leaves it', async () => {
  await settle(folder);
  const { read, reads } = reader();
  expect([read(folder), read(folder)]).toEqual(['', '']);
  expect(reads).toHaveLength(1);
  writeFileSync(join(folder, 'a'), '');
  expect(read(folder)).toBe('a');
});

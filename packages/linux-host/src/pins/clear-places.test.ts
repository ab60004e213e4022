import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clearPlaces } from './clear-places.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-places-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('removes the places that are named, and no other', async () => {
  mkdirSync(`${folder}/0`);
  for (const name of ['file', 'other']) writeFileSync(`${folder}/${name}`, '');
  await clearPlaces(folder, ['0', 'file']);
  expect(readdirSync(folder)).toEqual(['other']);
});

// Two embedded commands that end at once both list a key's places; one of them is first.
test('finds nothing to do in a folder that another process removed after both listed it', async () => {
  await expect(clearPlaces(`${folder}/gone`, ['0', 'file'])).resolves.toBeUndefined();
});

test('a place with a user’s files in it stays, and that is an error', async () => {
  mkdirSync(`${folder}/0`);
  writeFileSync(`${folder}/0/mine`, '');
  await expect(clearPlaces(folder, ['0'])).rejects.toMatchObject({
    code: 'internal.state-unwritable',
  });
  expect(readdirSync(`${folder}/0`)).toEqual(['mine']);
});

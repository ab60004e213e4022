import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSecretFiles, secretSourceOf } from './secret-files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-secret-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['token.txt', { name: 'token.txt', file: 'token.txt' }],
  ['/home/alice/.netrc', { name: '.netrc', file: '/home/alice/.netrc' }],
  ['hub=token', { name: 'hub', file: 'token' }],
  ['hub=a=b', { name: 'hub', file: 'a=b' }],
  ['./a=b/key', { name: 'key', file: './a=b/key' }],
])('--secret %s', (value, source) => {
  expect(secretSourceOf(value)).toEqual(source);
});

test.each(['', 'name=', '.', '..', '/', 'dir/..', 'a b', '../my token', `${'x'.repeat(65)}`])(
  '--secret %j is refused',
  (value) => {
    expect(() => secretSourceOf(value)).toThrow(expect.objectContaining({ code: 'usage.invalid' }));
  },
);

test('the bytes of a file arrive, whatever they are', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  writeFileSync(join(folder, 'key'), bytes);
  const [secret] = await readSecretFiles([`hub=${join(folder, 'key')}`]);
  expect(secret?.name).toBe('hub');
  expect(new Uint8Array(Buffer.from(secret?.base64 ?? '', 'base64'))).toEqual(bytes);
});

test('a name twice, a missing file and too much of it are refused', async () => {
  const [one, two] = [join(folder, 'one'), join(folder, 'two')];
  writeFileSync(one, Buffer.alloc(300 * 1024));
  writeFileSync(two, Buffer.alloc(512 * 1024 + 1));
  const refused = (code: string) => ({ code });
  await expect(readSecretFiles([one, `one=${two}`])).rejects.toMatchObject(
    refused('usage.invalid'),
  );
  await expect(readSecretFiles([one, `b=${one}`])).rejects.toMatchObject(refused('file.too-large'));
  await expect(readSecretFiles([two])).rejects.toMatchObject(refused('file.too-large'));
  await expect(readSecretFiles([join(folder, 'no')])).rejects.toMatchObject(
    refused('file.not-found'),
  );
});

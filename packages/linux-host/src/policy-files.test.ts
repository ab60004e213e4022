import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPolicyFiles } from './policy-files.ts';

describe('a file that the settings name', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ds01-named-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const read = (name: string) =>
    createPolicyFiles({ configDirectory: folder, stateDirectory: folder }).readNamed(
      join(folder, name),
    );
  const put = (name: string, mode: number): string => {
    const path = join(folder, name);
    writeFileSync(path, 'text\n');
    chmodSync(path, mode);
    return path;
  };

  test('is read when it is an administrator’s own', () => {
    const path = put('bases.csv', 0o644);
    expect(read('bases.csv')).toEqual({ path, text: 'text\n', error: null });
    expect(read('no-such-file')).toBeNull();
  });

  test.each([0o666, 0o664, 0o646])('is not when others may write to it: %o', (mode) => {
    put('bases.csv', mode);
    expect(read('bases.csv')).toMatchObject({
      text: null,
      error: expect.stringContaining('write'),
    });
  });

  test('is not when it is no file, or has no end', () => {
    mkdirSync(join(folder, 'sub'));
    expect(read('sub')).toMatchObject({ text: null, error: 'it is no file' });
    truncateSync(put('large', 0o644), 5 * 2 ** 20);
    expect(read('large')).toMatchObject({ text: null, error: 'it is larger than 4 MiB' });
    expect(
      createPolicyFiles({ configDirectory: folder, stateDirectory: folder }).readNamed('/dev/zero'),
    ).toMatchObject({
      text: null,
    });
  });
});

import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isDs01Error } from '@ds01/contracts';
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

describe('a file of the configuration folder', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ds01-policy-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const files = () => createPolicyFiles({ configDirectory: folder, stateDirectory: folder });
  const overrides = () => join(folder, 'user-overrides.yaml');
  const codeOf = (act: () => void): string => {
    try {
      act();
      return 'nothing';
    } catch (error) {
      return isDs01Error(error) ? error.code : String(error);
    }
  };

  test('is replaced as a whole, and keeps its mode and owner', () => {
    writeFileSync(overrides(), 'a: {}\n');
    chmodSync(overrides(), 0o640);
    chownSync(overrides(), process.getuid?.() ?? -1, process.getgid?.() ?? -1);
    const inode = statSync(overrides()).ino;
    files().write({ name: 'user-overrides.yaml', expected: 'a: {}\n', text: 'b: {}\n' });
    expect(readFileSync(overrides(), 'utf8')).toBe('b: {}\n');
    const after = statSync(overrides());
    expect(after.mode & 0o777).toBe(0o640);
    expect(after.ino).not.toBe(inode);
    expect(readdirSync(folder)).toEqual(['user-overrides.yaml']);
  });

  test('is made, with its folder, for everybody to read', () => {
    files().write({ name: 'groups/student.members', expected: null, text: 'alice\n' });
    expect(statSync(join(folder, 'groups/student.members')).mode & 0o777).toBe(0o644);
    expect(files().read()).toMatchObject([{ text: 'alice\n' }]);
  });

  test('is not written over when it is another by now', () => {
    const write = (expected: string | null) => () =>
      files().write({ name: 'user-overrides.yaml', expected, text: 'b: {}\n' });
    expect(codeOf(write('a: {}\n'))).toBe('policy.changed');
    writeFileSync(overrides(), 'theirs: {}\n');
    expect(codeOf(write(null))).toBe('policy.changed');
    expect(codeOf(write('a: {}\n'))).toBe('policy.changed');
    expect(readFileSync(overrides(), 'utf8')).toBe('theirs: {}\n');
    expect(readdirSync(folder)).toEqual(['user-overrides.yaml']);
  });

  test('is left alone when it is a link, or in a linked folder', () => {
    const other = join(folder, 'elsewhere');
    mkdirSync(other);
    writeFileSync(join(other, 'file'), 'a: {}\n');
    symlinkSync(join(other, 'file'), overrides());
    symlinkSync(other, join(folder, 'groups'));
    const byLink = { name: 'user-overrides.yaml', expected: 'a: {}\n', text: 'b: {}\n' };
    expect(codeOf(() => files().write(byLink))).toBe('policy.refused');
    const inLinked = { name: 'groups/student.members', expected: null, text: 'alice\n' };
    expect(codeOf(() => files().write(inLinked))).toBe('policy.refused');
    expect(lstatSync(overrides()).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(other, 'file'), 'utf8')).toBe('a: {}\n');
    expect(readdirSync(other)).toEqual(['file']);
  });

  test.each(['/etc/passwd', '../x.yaml', 'groups/../ds01.yaml', 'groups/a/b.members', 'x.yaml'])(
    'is one of those that there are: not %s',
    (name) => {
      expect(codeOf(() => files().write({ name, expected: null, text: '' }))).toBe(
        'internal.unexpected',
      );
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test('can not be read when it is not UTF-8, too large, or no file', () => {
    writeFileSync(overrides(), Buffer.from([0x61, 0xff, 0xfe, 0x0a]));
    mkdirSync(join(folder, 'ds01.yaml'));
    writeFileSync(join(folder, 'resource-limits.yaml'), '');
    truncateSync(join(folder, 'resource-limits.yaml'), 5 * 2 ** 20);
    expect(files().read()).toMatchObject([
      { text: null, error: 'it is no file' },
      { text: null, error: 'it is larger than 4 MiB' },
      { text: null, error: 'it is not UTF-8' },
    ]);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseEnvFile, readVariables, variablesOf } from './env-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-env-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const parse = (text: string, own = {}) => parseEnvFile(Buffer.from(text), { file: 'job.env', own });

test('a value is taken as it is', () => {
  expect(parse('A=1\nB="quoted" #no comment \nC=a=b\n  D=\nE=\\n$A')).toEqual({
    A: '1',
    B: '"quoted" #no comment ',
    C: 'a=b',
    D: '',
    E: '\\n$A',
  });
});

test('comments, blank lines, a byte order mark and CRLF are no part of it', () => {
  expect(parse('\uFEFF# first\r\n\r\n  # second\r\nA=1\r\n \t \r\nB=ä')).toEqual({
    A: '1',
    B: 'ä',
  });
  expect(parse('\uFEFFA=1')).toEqual({ A: '1' });
  expect(parse('')).toEqual({});
});

test('a name alone takes the caller’s value, and is left out without one', () => {
  expect(parse('HOME\nMISSING\n', { HOME: '/home/alice' })).toEqual({ HOME: '/home/alice' });
});

test('the last of equal names counts, also one that is a name of every object', () => {
  expect(parse('A=1\nA=2\nconstructor=3')).toEqual({ A: '2', constructor: '3' });
});

test.each([
  ['A=1\n=2', /job\.env, line 2: there is no name before =/],
  ['A=1\n\nMY VAR=2', /line 3: there is white space in the name "MY VAR"/],
  ['export A=1', /line 1: .*"export A"/],
  ['my-var=1', /line 1: there is "my-var", which can’t be a name/],
  ['A=x\0y', /line 1: there is a value with a NUL/],
])('%j is refused with file and line', (text, message) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({ code: 'env-file.invalid', message: expect.stringMatching(message) }),
  );
});

test('what is not UTF-8 is refused with its line', () => {
  const bytes = Buffer.concat([Buffer.from('A=1\nB='), Buffer.from([0xff, 0xfe])]);
  expect(() => parseEnvFile(bytes, { file: 'job.env', own: {} })).toThrow(/line 2: .*UTF-8/);
});

test('-e wins over files, and later files over earlier ones', async () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  writeFileSync(first, 'A=1\nB=1\nC=1\n');
  writeFileSync(second, 'B=2\nC=2\n');
  const given = { files: [first, second], pairs: ['C=3', 'D', 'E'], own: { D: '4' } };
  expect(await readVariables(given)).toEqual({ A: '1', B: '2', C: '3', D: '4' });
});

test('-e takes the caller’s value for a name alone', () => {
  expect(variablesOf(['A=x=y', 'B', 'C', 'D='], { B: 'b' })).toEqual({ A: 'x=y', B: 'b', D: '' });
});

test('a file that is missing, too large or a folder is refused', async () => {
  const large = join(folder, 'large');
  writeFileSync(large, `A=${'x'.repeat(1024 ** 2)}`);
  const read = (file: string) => readVariables({ files: [file], pairs: [], own: {} });
  await expect(read(join(folder, 'none'))).rejects.toMatchObject({ code: 'file.not-found' });
  await expect(read(large)).rejects.toMatchObject({ code: 'file.too-large' });
  await expect(read(folder)).rejects.toMatchObject({ code: 'file.not-a-file' });
});

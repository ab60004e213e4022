import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { limits } from '../wizard/testing/scripted.ts';
import { isLimitsFileDue, writeLimitsFile } from './limits-file.ts';
import { limitsText } from './limits-text.ts';

const uid = process.getuid?.() ?? 0;

let home: string;
let path: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ds01-home-'));
  path = join(home, '.ds01-limits');
});
afterEach(() => {
  chmodSync(home, 0o755);
  rmSync(home, { recursive: true });
});

describe('the file of limits', () => {
  test('has a name and a value a line', () => {
    const given = { max_containers_per_user: 3, max_gpu_equivalents: 2, memory: '32g' };
    expect(limitsText(limits({ ...given, allow_full_gpu: false, idle_timeout_h: 0.5 }))).toMatch(
      /^Max Containers: 3\nGPU equivalents: 2\n[^]*Whole GPUs: no\n[^]*Memory per container: 32g\n[^]*Max runtime: no limit\nIdle timeout: 0.5 h\n/m,
    );
  });

  test('is written readable for everybody, and nothing else is left beside it', () => {
    writeLimitsFile(home, 'one\n', uid);
    writeLimitsFile(home, 'two\n', uid);
    expect(readFileSync(path, 'utf8')).toBe('two\n');
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readdirSync(home)).toEqual(['.ds01-limits']);
  });

  test('replaces a link and leaves alone what it leads to', () => {
    const other = join(home, 'other');
    writeFileSync(other, 'precious');
    symlinkSync(other, path);
    writeLimitsFile(home, 'limits\n', uid);
    expect(readFileSync(other, 'utf8')).toBe('precious');
    expect(readFileSync(path, 'utf8')).toBe('limits\n');
  });

  test('is not written into somebody else’s home', () => {
    writeLimitsFile(home, 'limits\n', uid + 1);
    expect(existsSync(path)).toBe(false);
  });

  test('leaves nothing behind where it can’t be written', () => {
    mkdirSync(path);
    expect(() => writeLimitsFile(home, 'limits\n', uid)).toThrow(/EISDIR|EEXIST|ENOTEMPTY/);
    expect(readdirSync(home)).toEqual(['.ds01-limits']);
  });

  test('is never due where there is no home', () => {
    expect(isLimitsFileDue(join(home, 'gone'), 0)).toBe(false);
  });

  test('is due when it is missing, or of more than an hour ago', () => {
    const nowMs = 1_800_000_000_000;
    const age = (ms: number): void => utimesSync(path, (nowMs - ms) / 1000, (nowMs - ms) / 1000);
    expect(isLimitsFileDue(home, nowMs)).toBe(true);
    writeLimitsFile(home, 'limits\n', uid);
    age(59 * 60_000);
    expect(isLimitsFileDue(home, nowMs)).toBe(false);
    age(61 * 60_000);
    expect(isLimitsFileDue(home, nowMs)).toBe(true);
  });

  test('one that says the same is only marked as looked at', () => {
    writeLimitsFile(home, 'same\n', uid);
    const { ino } = statSync(path);
    utimesSync(path, 0, 0);
    writeLimitsFile(home, 'same\n', uid);
    expect(statSync(path).ino).toBe(ino);
    expect(statSync(path).mtimeMs).toBeGreaterThan(0);
  });
});

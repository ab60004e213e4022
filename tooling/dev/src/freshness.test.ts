import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isStale } from './freshness.mjs';

const longAgo = new Date('2026-01-01T00:00:00Z');
const builtAt = new Date('2026-01-02T00:00:00Z');
const later = new Date('2026-01-03T00:00:00Z');
const files = [
  'pnpm-lock.yaml',
  'apps/cli/package.json',
  'apps/cli/src/main.ts',
  'packages/limits/package.json',
  'packages/limits/src/deep/parse.ts',
  'packages/limits/src/deep/parse.test.ts',
  'tooling/tsup/cli.ts',
];

let root: string;
const at = (path: string, time: Date): void => utimesSync(join(root, path), time, time);
const write = (path: string, time: Date): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), '');
  at(path, time);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ds01-freshness-'));
  for (const file of files) write(file, longAgo);
  write('apps/cli/dist/main.js', builtAt);
  for (const file of files) {
    for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) at(folder, longAgo);
  }
});
afterEach(() => rmSync(root, { recursive: true }));

test('a build newer than everything it came from is fresh', () => {
  expect(isStale(root, 'cli')).toBe(false);
});

test('a missing build is stale', () => {
  rmSync(join(root, 'apps/cli/dist/main.js'));
  expect(isStale(root, 'cli')).toBe(true);
});

test.each(files.filter((file) => !file.includes('.test.')))('a newer %s makes it stale', (file) => {
  at(file, later);
  expect(isStale(root, 'cli')).toBe(true);
});

test('a newer test does not', () => {
  at('packages/limits/src/deep/parse.test.ts', later);
  expect(isStale(root, 'cli')).toBe(false);
});

test('a file renamed with its old time makes it stale', () => {
  const folder = join(root, 'packages/limits/src/deep');
  renameSync(join(folder, 'parse.ts'), join(folder, 'read.ts'));
  expect(isStale(root, 'cli')).toBe(true);
});

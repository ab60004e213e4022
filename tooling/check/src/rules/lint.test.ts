import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '../../../..');

/** Code that a rule must reject: the rule, the folder in which it applies, the code. */
const rejected: readonly (readonly [rule: string, folder: string, code: string])[] = [
  ['ds01(pure)', 'packages/limits', "import { readFileSync } from 'node:fs/promises';"],
  ['ds01(pure)', 'packages/limits', "import path from 'path';"],
  ['ds01(pure)', 'packages/limits', "export { join } from 'node:path';"],
  ['ds01(pure)', 'packages/limits', "export const load = () => import('node:fs');"],
  ['ds01(pure)', 'packages/limits', "export const fs = require('node:fs');"],
  ['ds01(pure)', 'packages/contracts', 'export const now = Date.now();'],
  ['ds01(pure)', 'packages/contracts', 'export const now = new Date();'],
  ['ds01(pure)', 'packages/contracts', 'export const now = Date();'],
  ['ds01(pure)', 'packages/gpu-allocator', 'export const dice = Math.random();'],
  ['ds01(pure)', 'packages/gpu-allocator', 'export const home = process.env;'],
  ['ds01(pure)', 'packages/gpu-allocator', 'export const home = globalThis.process;'],
  ['ds01(pure)', 'packages/gpu-allocator', 'setTimeout(() => undefined, 1);'],
  ['ds01(pure)', 'packages/limits', "void fetch('http://localhost');"],
  ['ds01(pure)', 'packages/limits', "console.log('x');"],
  ['ds01(pure)', 'packages/lifecycle', 'export async function wait(): Promise<void> {}'],
  ['ds01(pure)', 'packages/dockerfile-builder', 'export const wait = async () => 1;'],
  ['ds01(no-export-star)', 'packages/store', "export * from './other.ts';"],
  ['ds01(no-shell)', 'packages/store', 'export const options = { shell: true };'],
  ['eslint(no-console)', 'packages/store', "console.log('x');"],
  [
    'eslint(max-params)',
    'packages/store',
    'export const f = (a: 1, b: 2, c: 3, d: 4, e: 5) => [a, b, c, d, e];',
  ],
  [
    'eslint(no-restricted-imports)',
    'packages/store',
    "import { execSync } from 'node:child_process';",
  ],
  [
    'eslint(no-restricted-properties)',
    'packages/store',
    "import { vi } from 'vitest'; vi.mock('x');",
  ],
  ['import(no-default-export)', 'packages/store', 'export default 1;'],
  ['typescript(no-explicit-any)', 'packages/store', 'export let x: any;'],
  ['typescript(no-non-null-assertion)', 'packages/store', 'export const f = (x?: string) => x!;'],
  ['typescript(no-floating-promises)', 'packages/store', 'Promise.resolve(1);'],
  [
    'typescript(no-unsafe-assignment)',
    'packages/store',
    "export const x: string = JSON.parse('1');",
  ],
  [
    'typescript(consistent-type-imports)',
    'packages/store',
    "import { Dir } from 'node:fs'; export let x: Dir;",
  ],
  ['unicorn(no-process-exit)', 'packages/store', 'process.exit(1);'],
  [
    'vitest(no-focused-tests)',
    'packages/store',
    "import { test } from 'vitest'; test.only('x', () => {});",
  ],
  [
    'vitest(no-disabled-tests)',
    'packages/store',
    "import { test } from 'vitest'; test.skip('x', () => {});",
  ],
];

/** Code that looks like the above and is fine. */
const accepted: readonly (readonly [folder: string, code: string])[] = [
  ['packages/limits', 'export const day = (text: string) => new Date(text).getUTCDay();'],
  ['packages/limits', 'export const started = { process: 1 }.process;'],
  ['packages/limits', 'export const largest = Math.max(1, 2);'],
  ['packages/limits', "export { other } from './other.ts';"],
  ['packages/store', 'export const now = Date.now();'],
  ['apps/cli', 'process.exit(1);'],
];

const report = z.object({
  diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })),
});

let folder: string;
let diagnostics: z.infer<typeof report>['diagnostics'];

const rejectedFile = (index: number): string => `${rejected[index]?.[1]}/src/rejected-${index}.ts`;
const acceptedFile = (index: number): string => {
  const package_ = accepted[index]?.[0] ?? '';
  return package_.startsWith('apps/')
    ? `${package_}/src/main.ts`
    : `${package_}/src/ok-${index}.ts`;
};
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-lint-'));
  copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'tooling'));
  symlinkSync(join(root, 'tooling/check'), join(folder, 'tooling/check'));
  const base = join(root, 'tooling/tsconfig/base.json');
  write(
    'tsconfig.json',
    JSON.stringify({
      extends: base,
      compilerOptions: { rootDir: '.', outDir: 'dist' },
      include: ['packages', 'apps'],
    }),
  );
  rejected.forEach(([, , code], index) => write(rejectedFile(index), `${code}\n`));
  accepted.forEach(([, code], index) => write(acceptedFile(index), `${code}\n`));
  const result = spawnSync(
    join(root, 'node_modules/.bin/oxlint'),
    ['--format', 'json', 'packages', 'apps'],
    { cwd: folder, encoding: 'utf8' },
  );
  diagnostics = report.parse(JSON.parse(result.stdout)).diagnostics;
});
afterAll(() => rmSync(folder, { recursive: true }));

const codesFor = (file: string): string[] =>
  diagnostics.filter(({ filename }) => filename === file).map(({ code }) => code);

test.each(rejected.map(([rule, where, code], index) => ({ rule, where, code, index })))(
  '$rule in $where rejects $code',
  ({ rule, index }) => expect(codesFor(rejectedFile(index))).toContain(rule),
);

test.each(accepted.map(([where, code], index) => ({ where, code, index })))(
  '$where may say $code',
  ({ index }) => expect(codesFor(acceptedFile(index))).toEqual([]),
);

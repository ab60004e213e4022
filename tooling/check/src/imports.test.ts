import { expect, test } from 'vitest';
import { findForbiddenImports, findUnknownLayers } from './imports.ts';
import type { WorkspaceFolder } from './workspace.ts';

const folderOf = (folder: string, declared: readonly string[] = []): WorkspaceFolder => ({
  folder,
  name: `@ds01/${folder.split('/')[1]}`,
  isPublic: true,
  entries: [`@ds01/${folder.split('/')[1]}`],
  dependencies: declared,
  developmentDependencies: [],
});
const everything = [
  'contracts',
  'ports',
  'limits',
  'gpu-allocator',
  'scheduler',
  'store',
  'docker-engine',
  'control-plane',
  'cli',
  'gpu-sim',
];
const workspace = everything.map((name) => {
  const area = name === 'cli' ? 'apps' : name === 'gpu-sim' ? 'tooling' : 'packages';
  return folderOf(
    `${area}/${name}`,
    everything.map((other) => `@ds01/${other}`),
  );
});

const messages = (path: string, text: string): string[] =>
  findForbiddenImports([{ path, text }], workspace).map(({ message }) => message);

const forbidden: readonly (readonly [path: string, code: string])[] = [
  ['packages/contracts/src/a.ts', "import { a } from '@ds01/ports';"],
  ['packages/ports/src/a.ts', "import type { A } from '@ds01/limits';"],
  ['packages/limits/src/a.ts', "import { a } from '@ds01/gpu-allocator';"],
  ['packages/limits/src/a.ts', "import { type A, b } from '@ds01/gpu-allocator';"],
  ['packages/gpu-allocator/src/a.ts', "import { a } from '@ds01/scheduler';"],
  ['packages/limits/src/a.ts', "import type { A } from '@ds01/ports';"],
  ['packages/limits/src/a.test.ts', "import { a } from '@ds01/docker-engine';"],
  ['packages/limits/e2e/a.ts', "import { a } from '@ds01/control-plane';"],
  ['packages/store/src/a.ts', "import { a } from '@ds01/docker-engine';"],
  ['packages/store/src/a.test.ts', "import { a } from '@ds01/docker-engine';"],
  ['packages/store/src/a.ts', "export { a } from '@ds01/control-plane';"],
  ['packages/control-plane/src/a.ts', "import { a } from '@ds01/store';"],
  ['packages/control-plane/src/a.ts', "const a = await import('@ds01/store');"],
  ['packages/control-plane/src/a.test.ts', "import { a } from '@ds01/cli';"],
  ['packages/store/src/a.ts', "import { a } from '@ds01/gpu-sim';"],
  ['tooling/gpu-sim/src/a.ts', "import { a } from '@ds01/cli';"],
  ['apps/cli/src/a.ts', "import { a } from '@ds01/gpu-sim';"],
];
const allowed: readonly (readonly [path: string, code: string])[] = [
  ['packages/scheduler/src/a.ts', "import { a } from '@ds01/gpu-allocator';"],
  ['packages/limits/src/a.ts', "import type { A } from '@ds01/gpu-allocator';"],
  ['packages/limits/src/a.ts', "import { type A, type B } from '@ds01/gpu-allocator';"],
  ['packages/store/src/a.ts', "import { a } from '@ds01/ports'; import { z } from 'zod';"],
  ['packages/store/src/a.test.ts', "import { a } from '@ds01/gpu-sim';"],
  ['packages/control-plane/src/a.ts', "import { a } from '@ds01/limits';"],
  ['packages/control-plane/src/a.test.ts', "import { a } from '@ds01/docker-engine';"],
  ['apps/cli/src/a.ts', "import { a } from '@ds01/docker-engine';"],
  ['packages/limits/e2e/a.ts', "import { a } from '@ds01/docker-engine';"],
  ['apps/cli/e2e/a.ts', "import { a } from '@ds01/gpu-sim';"],
  ['packages/store/src/deep/a.ts', "import { a } from '../a.ts';"],
  ['packages/store/tsup.config.ts', "export { default } from '../../tooling/tsup/library.ts';"],
];

test.each(forbidden)('%s may not say %s', (path, code) => {
  expect(messages(path, code)).toHaveLength(1);
});

test.each(allowed)('%s may say %s', (path, code) => {
  expect(messages(path, code)).toEqual([]);
});

test('a relative path may not leave its package', () => {
  const code = "import { a } from '../../limits/src/a.ts';";
  expect(messages('packages/store/src/a.ts', code)[0]).toMatch('leaves packages/store');
});

test('only what a package exports may be imported', () => {
  const code = "import { a } from '@ds01/contracts/src/a.ts';";
  expect(messages('packages/store/src/a.ts', code)[0]).toMatch('does not export');
});

test('an import must be declared in the manifest', () => {
  const undeclared = [folderOf('packages/store'), folderOf('packages/contracts')];
  const source = { path: 'packages/store/src/a.ts', text: "import { a } from '@ds01/contracts';" };
  const [finding] = findForbiddenImports([source], undeclared);
  expect(finding?.message).toMatch('not in the dependencies of packages/store/package.json');
});

test('a finding names the line of the import', () => {
  const text = "\n\nimport { a } from '@ds01/control-plane';\n";
  const source = { path: 'packages/store/src/a.ts', text };
  expect(findForbiddenImports([source], workspace)[0]?.line).toBe(3);
});

test('a package without a layer is reported', () => {
  expect(findUnknownLayers([folderOf('packages/new-thing')])).toHaveLength(1);
  expect(findUnknownLayers(workspace)).toEqual([]);
});

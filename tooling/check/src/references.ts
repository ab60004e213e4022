import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding.ts';

const projectFile = /^tsconfig(?:\.[a-z0-9]+)?\.json$/;

const projectsOf = (root: string): string[] =>
  ['apps', 'packages', 'tooling']
    .filter((area) => existsSync(join(root, area)))
    .flatMap((area) => readdirSync(join(root, area)).map((name) => `${area}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'tsconfig.json')))
    .flatMap((folder) =>
      readdirSync(join(root, folder))
        .filter((name) => projectFile.test(name))
        .map((name) => (name === 'tsconfig.json' ? folder : `${folder}/${name}`)),
    )
    .sort();

const render = (projects: readonly string[]): string => {
  const references = projects.map((path) => `    { "path": "${path}" }`).join(',\n');
  return `{\n  "files": [],\n  "references": [\n${references}\n  ]\n}\n`;
};

/**
 * Reports a root tsconfig.json that doesn't list exactly the TypeScript projects of the workspace,
 * since `tsc -b` would pass over the missing ones. `pnpm check --fix` writes it.
 */
export const findReferences = (root: string): Finding[] => {
  const file = join(root, 'tsconfig.json');
  const current = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return current === render(projectsOf(root))
    ? []
    : [{ file: 'tsconfig.json', message: 'is not up to date: run pnpm check --fix' }];
};

/** Writes the root tsconfig.json. */
export const writeReferences = (root: string): void =>
  writeFileSync(join(root, 'tsconfig.json'), render(projectsOf(root)));

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ignored = new Set(['node_modules', 'dist', 'coverage', '.git', '.turbo']);
const source = /\.(?:ts|tsx|mts|js|mjs|sh)$/;

/** A file below the root: its path from there, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const pathsBelow = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (ignored.has(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return pathsBelow(root, path);
    return entry.isFile() && source.test(entry.name) ? [path] : [];
  });

/** Every hand-written source file of the repository, tests and scripts included, in path order. */
export const readSources = (root: string): SourceFile[] =>
  pathsBelow(root, '')
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** Whether a file only serves tests: they may use fakes and need no documentation. */
export const isTestFile = (path: string): boolean =>
  /\.(?:test|bench|contract|fixture)\.ts$|(?:^|\/)(?:e2e|fixtures|testing)\//.test(path);

/** The line, counted from 1, of an offset into a text. */
export const lineAt = (text: string, offset: number): number =>
  text.slice(0, offset).split('\n').length;

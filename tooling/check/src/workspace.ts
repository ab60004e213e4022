import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** A folder of the workspace with a manifest: where it is, its name, and how it is published. */
export interface WorkspaceFolder {
  /** Path from the root, `packages/limits`. */
  readonly folder: string;
  readonly name: string;
  readonly isPublic: boolean;
  /** Specifiers that others may import: the name itself and the subpaths that `exports` lists. */
  readonly entries: readonly string[];
  readonly dependencies: readonly string[];
  readonly developmentDependencies: readonly string[];
}

const names = z.record(z.string(), z.unknown()).default({}).transform(Object.keys);
const manifestSchema = z.object({
  name: z.string(),
  private: z.boolean().default(false),
  exports: names,
  dependencies: names,
  peerDependencies: names,
  devDependencies: names,
});

const readFolder = (root: string, folder: string): WorkspaceFolder => {
  const text = readFileSync(join(root, folder, 'package.json'), 'utf8');
  const manifest = manifestSchema.parse(JSON.parse(text));
  const subpaths = manifest.exports.filter((key) => key.startsWith('.'));
  return {
    folder,
    name: manifest.name,
    isPublic: !manifest.private,
    entries:
      subpaths.length === 0
        ? [manifest.name]
        : subpaths.map((path) => manifest.name + path.slice(1)),
    dependencies: [...manifest.dependencies, ...manifest.peerDependencies],
    developmentDependencies: manifest.devDependencies,
  };
};

/** The folders of the workspace, in path order. Throws when a manifest can't be read. */
export const readWorkspace = (root: string): WorkspaceFolder[] =>
  ['apps', 'packages', 'tooling']
    .filter((area) => existsSync(join(root, area)))
    .flatMap((area) => readdirSync(join(root, area)).map((name) => `${area}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort()
    .map((folder) => readFolder(root, folder));

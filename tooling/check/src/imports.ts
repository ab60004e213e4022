import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import type { Finding } from './finding.ts';
import { layerOf, permissions } from './layers.ts';
import { isTestFile, lineAt, type SourceFile } from './sources.ts';
import type { WorkspaceFolder } from './workspace.ts';

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly offset: number;
}

const importsOf = ({ path, text }: SourceFile): Import[] => {
  const { module } = parseSync(path, text);
  const imports = module.staticImports.map(({ moduleRequest, entries, start }) => ({
    specifier: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
    offset: start,
  }));
  const reExports = module.staticExports.flatMap(({ entries, start }) => {
    const specifier = entries[0]?.moduleRequest?.value;
    if (specifier === undefined) return [];
    return [{ specifier, typeOnly: entries.every(({ isType }) => isType), offset: start }];
  });
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest, start }) => {
    const literal = /^['"](.*)['"]$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    return literal?.[1] === undefined
      ? []
      : [{ specifier: literal[1], typeOnly: false, offset: start }];
  });
  return [...imports, ...reExports, ...dynamic];
};

const problemWithRelative = (
  file: string,
  specifier: string,
  own: WorkspaceFolder,
): string | undefined => {
  const target = posix.join(posix.dirname(file), specifier);
  return target.startsWith(`${own.folder}/`)
    ? undefined
    : `imports ${specifier}, which leaves ${own.folder}; import the package by its name`;
};

const problemWithPackage = (
  { specifier, typeOnly }: Import,
  workspace: readonly WorkspaceFolder[],
  place: { readonly own: WorkspaceFolder; readonly inTest: boolean; readonly isEndToEnd: boolean },
): string | undefined => {
  const { own, inTest, isEndToEnd } = place;
  const target = workspace.find(
    ({ name }) => specifier === name || specifier.startsWith(`${name}/`),
  );
  if (target === undefined || target.folder === own.folder) return undefined;
  const ownLayer = layerOf(own.folder);
  const targetLayer = layerOf(target.folder);
  if (ownLayer === undefined || targetLayer === undefined) return undefined;
  const { values, types = [], tests, endToEnd = [] } = permissions[ownLayer];
  const allowed =
    values.includes(targetLayer) ||
    (typeOnly && types.includes(targetLayer)) ||
    (inTest && tests.includes(targetLayer)) ||
    (isEndToEnd && endToEnd.includes(targetLayer));
  if (!allowed) {
    const what = types.includes(targetLayer) ? 'a value of' : '';
    return `(${ownLayer}) may not import ${what && `${what} `}${target.name} (${targetLayer})`;
  }
  if (!target.entries.includes(specifier)) {
    return `imports ${specifier}, which ${target.name} does not export`;
  }
  const declared = own.dependencies.includes(target.name);
  if (!declared && !(inTest && own.developmentDependencies.includes(target.name))) {
    return `imports ${target.name}, which is not in the ${inTest ? 'devDependencies' : 'dependencies'} of ${own.folder}/package.json`;
  }
  return undefined;
};

/**
 * Reports imports between workspace folders that go against the direction of layers.ts, reach past
 * what a package exports, are not declared in the manifest, or leave a package by a relative path.
 * Configuration files beside a manifest are not looked at.
 */
export const findForbiddenImports = (
  sources: readonly SourceFile[],
  workspace: readonly WorkspaceFolder[],
): Finding[] =>
  sources.flatMap((source) => {
    const own = workspace.find(({ folder }) => source.path.startsWith(`${folder}/`));
    if (own === undefined || !/\.(?:ts|tsx|mts|mjs)$/.test(source.path)) return [];
    if (/^[^/]+\/[^/]+\/[^/]+\.config\.ts$/.test(source.path)) return [];
    const inTest = isTestFile(source.path);
    const isEndToEnd = source.path.startsWith(`${own.folder}/e2e/`);
    return importsOf(source).flatMap((imported) => {
      const message = imported.specifier.startsWith('.')
        ? problemWithRelative(source.path, imported.specifier, own)
        : problemWithPackage(imported, workspace, { own, inTest, isEndToEnd });
      if (message === undefined) return [];
      return [{ file: source.path, line: lineAt(source.text, imported.offset), message }];
    });
  });

/** Reports packages that layers.ts doesn't know: without a layer nothing guards their imports. */
export const findUnknownLayers = (workspace: readonly WorkspaceFolder[]): Finding[] =>
  workspace
    .filter(({ folder }) => layerOf(folder) === undefined)
    .map(({ folder }) => ({
      file: `${folder}/package.json`,
      message: 'has no layer; give it one in tooling/check/src/layers.ts',
    }));

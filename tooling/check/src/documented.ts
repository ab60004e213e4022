import { parseSync, type Directive, type Statement } from 'oxc-parser';
import type { Finding } from './finding.ts';
import { isTestFile, lineAt, type SourceFile } from './sources.ts';

type Item = Directive | Statement;

const isLibrarySource = (path: string): boolean =>
  /^(?:packages|apps|tooling)\/[^/]+\/src\/.*\.(?:ts|tsx)$/.test(path) && !isTestFile(path);

/** The names that a statement declares; empty for anything that isn't a declaration. */
const declaredNames = (item: Item): string[] => {
  switch (item.type) {
    case 'VariableDeclaration':
      return item.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
    case 'TSDeclareFunction':
      return item.id === null ? [] : [item.id.name];
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
    case 'TSEnumDeclaration':
      return [item.id.name];
    default:
      return [];
  }
};

const namesExportedLater = (items: readonly Item[]): Set<string> =>
  new Set(
    items.flatMap((item) => {
      if (item.type !== 'ExportNamedDeclaration' || item.source !== null) return [];
      return item.specifiers.flatMap(({ local }) => ('name' in local ? [local.name] : []));
    }),
  );

/** What an item exports: its names, `default` for an unnamed default export. */
const exportedNames = (item: Item, exportedLater: ReadonlySet<string>): string[] => {
  if (item.type === 'ExportDefaultDeclaration') return ['default'];
  if (item.type === 'ExportNamedDeclaration') {
    return item.declaration === null ? [] : declaredNames(item.declaration);
  }
  return declaredNames(item).filter((name) => exportedLater.has(name));
};

/**
 * Reports exported declarations of library and program sources without a doc comment directly above
 * them. Re-exports need none, overloads and a type that shares the name of a value need one between
 * them.
 */
export const findUndocumented = (sources: readonly SourceFile[]): Finding[] =>
  sources
    .filter(({ path }) => isLibrarySource(path))
    .flatMap(({ path, text }) => {
      const { program, comments } = parseSync(path, text);
      const docEnds = comments
        .filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
        .map(({ end }) => end);
      const hasDoc = (start: number): boolean =>
        docEnds.some((end) => end <= start && text.slice(end, start).trim() === '');
      const exportedLater = namesExportedLater(program.body);
      const documented = new Set<string>();
      const missing = new Map<string, number>();
      for (const item of program.body) {
        for (const name of exportedNames(item, exportedLater)) {
          if (hasDoc(item.start)) documented.add(name);
          else if (!missing.has(name)) missing.set(name, item.start);
        }
      }
      return [...missing]
        .filter(([name]) => !documented.has(name))
        .map(([name, start]) => ({
          file: path,
          line: lineAt(text, start),
          message: `exports ${name} without a doc comment`,
        }));
    });

import { findBreakingChanges } from './api/check-api.ts';
import { findUndocumented } from './documented.ts';
import { findLongFiles } from './file-length.ts';
import { renderFinding, type Finding } from './finding.ts';
import { findForbiddenImports, findUnknownLayers } from './imports.ts';
import { checkPackageExports } from './package-exports.ts';
import { findReferences, writeReferences } from './references.ts';
import { runTool, type ToolResult } from './run-tool.ts';
import { readSources } from './sources.ts';
import { readWorkspace } from './workspace.ts';

/** One of the checks: its name on the command line, what it looks at, and how it runs. */
export interface Step {
  readonly name: string;
  readonly title: string;
  readonly run: (root: string) => Promise<ToolResult> | ToolResult;
  /** Repairs what can be repaired without a person; absent where nothing can. */
  readonly fix?: (root: string) => Promise<ToolResult> | ToolResult;
}

const fromFindings = (findings: readonly Finding[]): ToolResult => ({
  ok: findings.length === 0,
  output: findings.map((finding) => `${renderFinding(finding)}\n`).join(''),
});

const fixed: ToolResult = { ok: true, output: '' };

/** Every check, in the order in which `pnpm check` runs them. */
export const steps: readonly Step[] = [
  {
    name: 'format',
    title: 'layout of files (oxfmt)',
    run: (root) => runTool(root, 'oxfmt', ['--list-different']),
    fix: (root) => runTool(root, 'oxfmt', []),
  },
  {
    name: 'projects',
    title: 'root tsconfig.json lists every project',
    run: (root) => fromFindings(findReferences(root)),
    fix: (root) => {
      writeReferences(root);
      return fixed;
    },
  },
  { name: 'types', title: 'types (tsc)', run: (root) => runTool(root, 'tsc', ['-b']) },
  {
    name: 'lint',
    title: 'lint, with types (oxlint)',
    run: (root) => runTool(root, 'oxlint', ['--deny-warnings']),
    fix: (root) => runTool(root, 'oxlint', ['--fix']),
  },
  {
    name: 'imports',
    title: 'direction of imports',
    run: (root) => {
      const workspace = readWorkspace(root);
      const forbidden = findForbiddenImports(readSources(root), workspace);
      return fromFindings([...findUnknownLayers(workspace), ...forbidden]);
    },
  },
  {
    name: 'docs',
    title: 'every export is documented',
    run: (root) => fromFindings(findUndocumented(readSources(root))),
  },
  {
    name: 'length',
    title: 'no file over 300 lines',
    run: (root) => fromFindings(findLongFiles(readSources(root))),
  },
  {
    name: 'api',
    title: 'nothing breaks clients of the released HTTP API',
    run: (root) => fromFindings(findBreakingChanges(root)),
  },
  {
    name: 'unused',
    title: 'unused code and dependencies (knip)',
    run: (root) => runTool(root, 'knip', ['--no-progress', '--no-config-hints']),
  },
  {
    name: 'build',
    title: 'build (turbo, tsup)',
    run: (root) => runTool(root, 'turbo', ['run', 'build', '--output-logs=errors-only']),
  },
  {
    name: 'exports',
    title: 'exports of published packages (publint, attw)',
    run: (root) => checkPackageExports(root, readWorkspace(root)),
  },
];

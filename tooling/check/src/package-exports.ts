import { runTool, type ToolResult } from './run-tool.ts';
import type { WorkspaceFolder } from './workspace.ts';

const checkPackage = async (root: string, folder: string): Promise<ToolResult[]> => [
  await runTool(root, 'publint', [folder, '--strict']),
  await runTool(root, 'attw', ['--pack', folder, '--profile', 'esm-only', '--format', 'ascii']),
];

/**
 * Packs every public package as it would be published and has publint and attw look at what its
 * `exports` lead to, two packages at a time. They need built packages: JavaScript and declarations.
 */
export const checkPackageExports = async (
  root: string,
  workspace: readonly WorkspaceFolder[],
): Promise<ToolResult> => {
  const waiting = workspace.filter(({ isPublic }) => isPublic).map(({ folder }) => folder);
  const failed: ToolResult[] = [];
  const work = async (): Promise<void> => {
    for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
      const results = await checkPackage(root, folder);
      failed.push(...results.filter(({ ok }) => !ok));
    }
  };
  await Promise.all([work(), work()]);
  return { ok: failed.length === 0, output: failed.map(({ output }) => output).join('\n') };
};

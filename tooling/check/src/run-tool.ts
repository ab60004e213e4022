import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** How a tool ended: `output` holds both streams in the order in which they were written. */
export interface ToolResult {
  readonly ok: boolean;
  readonly output: string;
}

/**
 * Runs a tool of the root's `node_modules/.bin` in the root and keeps its output. A tool that can't
 * be started is a failed one whose output says why.
 */
export const runTool = (
  root: string,
  tool: string,
  toolArguments: readonly string[],
): Promise<ToolResult> =>
  new Promise((resolve) => {
    const child = spawn(join(root, 'node_modules/.bin', tool), toolArguments, {
      cwd: root,
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ ok: false, output: `${tool}: ${error.message}\n` }));
    child.on('close', (status) =>
      resolve({ ok: status === 0, output: Buffer.concat(chunks).toString() }),
    );
  });

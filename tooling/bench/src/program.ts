import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** The built command line. */
export const ds01Program = join(root, 'apps/cli/dist/main.js');

/** The built administrators' command line. */
export const adminProgram = join(root, 'apps/admin/dist/main.js');

/** Builds `ds01`, `ds01d` and `ds01-admin` unless what is built is newer than every source. */
export function buildDs01(): void {
  const starter = join(root, 'tooling/dev/src/run-app.mjs');
  for (const app of ['cli', 'server', 'admin']) run([process.execPath, starter, app, '--version']);
}

/** Runs a command to its end; throws what it said when it fails. Returns its wall time in ms. */
export function run(words: readonly string[], env: NodeJS.ProcessEnv = process.env): number {
  const [file = '', ...more] = words;
  const start = performance.now();
  const result = spawnSync(file, more, { env, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
  const milliseconds = performance.now() - start;
  if (result.error !== undefined) throw result.error;
  if (result.status === 0) return milliseconds;
  throw new Error(`${words.join(' ')} ended with ${String(result.status)}:\n${result.stderr}`);
}

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { z } from 'zod';

const folder = join(import.meta.dirname, '../../../apps/cli/e2e/bench');

/**
 * Runs a measurement that needs the app's own composition, which nothing else may import: a file of
 * apps/cli/e2e/bench in a process of its own that prints one JSON document.
 */
export function measureInApp<T>(
  schema: z.ZodType<T>,
  words: readonly [file: string, ...rest: string[]],
  env: Readonly<Record<string, string>>,
): T {
  const [file, ...more] = words;
  const result = spawnSync(
    process.execPath,
    ['--conditions=@ds01/source', join(folder, file), ...more],
    { env: { ...process.env, ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) throw new Error(`${file} ended with ${String(result.status)}`);
  return schema.parse(JSON.parse(result.stdout));
}

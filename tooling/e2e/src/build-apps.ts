import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/**
 * Builds the command-line programs of this checkout, unless what is built is newer than every
 * source. What the build says goes to standard error; throws when it fails.
 */
export function buildApps(): void {
  for (const app of ['cli', 'server', 'admin']) {
    if (!existsSync(join(root, 'apps', app, 'src/main.ts'))) continue;
    const starter = join(root, 'tooling/dev/src/run-app.mjs');
    const result = spawnSync(process.execPath, [starter, app, '--version'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (result.status !== 0) throw new Error(`apps/${app} could not be built`);
  }
}

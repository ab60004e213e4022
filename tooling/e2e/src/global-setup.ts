import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/**
 * Runs once before all end-to-end tests: builds the command-line programs, unless what is built is
 * newer than every source, so that the tests run what people run.
 */
export function setup(): void {
  for (const app of ['cli']) {
    if (!existsSync(join(root, 'apps', app, 'src/main.ts'))) continue;
    const starter = join(root, 'tooling/dev/src/run-app.mjs');
    const result = spawnSync(process.execPath, [starter, app, '--version'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (result.status !== 0) throw new Error(`apps/${app} could not be built`);
  }
}

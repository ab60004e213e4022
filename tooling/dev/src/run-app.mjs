// Runs an app of this checkout from its built bundle, building it first when a source is newer:
//   node tooling/dev/src/run-app.mjs <app> [arguments...]
// The app runs inside this process, so it keeps the terminal, the signals and the exit code.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isStale } from './freshness.mjs';

const root = join(import.meta.dirname, '../../..');
const [app = 'cli', ...appArguments] = process.argv.slice(2);
const entry = join(root, 'apps', app, 'dist/main.js');

if (isStale(root, app)) {
  const { buildUnderLock } = await import('./build-app.ts');
  buildUnderLock(root, app);
}

// pnpm runs scripts in the root; the app belongs into the folder where the command was typed.
const typedIn = process.env['INIT_CWD'];
if (process.env['npm_lifecycle_script']?.includes('run-app.mjs') && typedIn) process.chdir(typedIn);
process.argv = [process.execPath, entry, ...appArguments];
await import(pathToFileURL(entry).href);

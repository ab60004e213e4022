// Packs the built `ds01` for `npm install --global`, with every classic name as a program:
//   pack.ts <folder for the package>
// Prints the path of the package. What is built must be up to date.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, resolve } from 'node:path';
import { classicNames } from '@ds01/command-line';
import { z } from 'zod';
import { program } from '../src/program.ts';

const app = join(import.meta.dirname, '..');
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  dependencies: z.record(z.string(), z.string()),
  engines: z.record(z.string(), z.string()),
});

const target = resolve(process.argv[2] ?? '.');
const folder = mkdtempSync(join(tmpdir(), 'ds01-pack-'));
try {
  for (const file of reachableFrom('dist/main.js')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(app, file), join(folder, file));
  }
  cpSync(join(app, '../../LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(publishedManifest(), null, 2));
  mkdirSync(target, { recursive: true });
  const words = ['pack', '--pack-destination', target, '--silent'];
  const packed = execFileSync('npm', words, { cwd: folder, encoding: 'utf8' });
  process.stdout.write(`${join(target, packed.trim())}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The built files that a start at `entry` can load; builds before this one left others. */
function reachableFrom(entry: string): ReadonlySet<string> {
  const found = new Set([entry]);
  for (const file of found) {
    const text = readFileSync(join(app, file), 'utf8');
    for (const [, path = ''] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.\.?\/[^"]+\.js)"/g)) {
      found.add(normalize(join(dirname(file), path)));
    }
  }
  return found;
}

/**
 * What a site installs: the bundle has everything in it but native code and what comes with it. That is
 * optional: only root needs it, where no daemon runs.
 */
function publishedManifest() {
  const text = readFileSync(join(app, 'package.json'), 'utf8');
  const { name, version, license, dependencies, engines } = manifestSchema.parse(JSON.parse(text));
  const unbundled = Object.keys(dependencies).filter((one) => ['dockerode', 'koffi'].includes(one));
  const programs = ['ds01', ...classicNames(program)];
  return {
    name,
    version,
    license,
    description: 'GPU containers on a shared server',
    type: 'module',
    bin: Object.fromEntries(programs.map((program) => [program, 'dist/main.js'])),
    optionalDependencies: Object.fromEntries(unbundled.map((one) => [one, installedVersion(one)])),
    engines,
  };
}

function installedVersion(dependency: string): string {
  const path = join(app, 'node_modules', dependency, 'package.json');
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8'))).version;
}

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { listHostNames } from '@ds01/docker-host';
import type { CommandLine, Sandbox } from '@ds01/e2e';
import { createSetupError } from '@ds01/setup';
import { z } from 'zod';

/** How to become somebody there: words to put before a command, and its environment. */
const doorSchema = z.object({
  file: z.string(),
  arguments: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
});

const doorsSchema = z.record(z.string(), doorSchema);

/** See {@link doorSchema}. */
export type Door = z.infer<typeof doorSchema>;

const fileName = 'doors.json';
const repository = join(import.meta.dirname, '../../..');

/**
 * Writes down how another terminal becomes each of these people, or root, with `ds01` on its PATH.
 * The file lies in the host's root folder and goes with it.
 */
export function writeDoors(sandbox: Sandbox, names: readonly string[]): void {
  const { root } = sandbox.host.paths;
  const programs = linkPrograms(sandbox);
  const inside = (person: string | undefined): CommandLine =>
    sandbox.commandLine(['env', `PATH=${programs}:${systemPath}`], person);
  const doors: Record<string, Door> = { root: doorOf(inside(undefined)) };
  for (const name of names) doors[name] = doorOf(inside(name));
  const path = join(root, fileName);
  writeFileSync(`${path}.new`, JSON.stringify(doors), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * The door of one person of a running look.
 *
 * @throws a setup error: 3 when nothing runs or the person isn't in it
 */
export function doorTo(root: string, look: { host: string; person: string }): Door {
  const path = join(root, fileName);
  if (!listHostNames().includes(look.host) || !existsSync(path)) {
    throw createSetupError('DS01 does not run here', { exitCode: 3, hint: 'pnpm start' });
  }
  const doors = doorsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  const door = Object.hasOwn(doors, look.person) ? doors[look.person] : undefined;
  if (door !== undefined) return door;
  throw createSetupError(`there is no ${look.person} in it`, {
    exitCode: 3,
    hint: `people: ${Object.keys(doors).join(', ')}`,
  });
}

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A folder for the PATH with the programs under the names of an installed site. */
function linkPrograms({ host, programs }: Sandbox): string {
  const folder = join(host.paths.root, 'programs', 'bin');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const [name, app] of [
    ['ds01', 'cli'],
    ['ds01-admin', 'admin'],
  ] as const) {
    if (!existsSync(join(repository, 'apps', app))) continue;
    writeProgram(join(folder, name), [programs.node, programs.entry(app)]);
  }
  const links = join(host.paths.root, 'programs', 'classic');
  mkdirSync(links, { recursive: true, mode: 0o755 });
  for (const name of classicNames()) {
    // Which of its names it was called by is what the program goes by.
    symlinkSync(programs.entry('cli'), join(links, name));
    writeProgram(join(folder, name), [programs.node, join(links, name)]);
  }
  return folder;
}

function writeProgram(path: string, [node, entry]: readonly [string, string]): void {
  writeFileSync(path, `#!/bin/sh\nexec '${node}' -- '${entry}' "$@"\n`, { mode: 0o755 });
}

/** The app prints them in a process of its own, since nothing but the app may import its sources. */
function classicNames(): readonly string[] {
  const script = join(repository, 'apps/cli/scripts/print-classic-names.ts');
  const words = ['--conditions=@ds01/source', script];
  return execFileSync(process.execPath, words, { encoding: 'utf8' }).trim().split('\n');
}

function doorOf(line: CommandLine): Door {
  return doorSchema.parse({
    ...line,
    environment: Object.fromEntries(
      Object.entries(line.environment).filter(([, value]) => value !== undefined),
    ),
  });
}

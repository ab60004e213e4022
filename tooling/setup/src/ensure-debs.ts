import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type AptArchive, createPrivateApt, type PrivateApt } from './apt.ts';
import { createDebianTools, type DebianTools } from './debian-tools.ts';
import { withFileLock } from './file-lock.ts';
import { requireCommand } from './run-command.ts';
import { createSetupError } from './setup-error.ts';

/** What {@link ensureDebs} is asked for. */
export interface EnsureDebsOptions {
  /** Names of Debian packages; what they depend on comes along, what they recommend doesn't. */
  readonly packages: readonly string[];
  /** The cache folder, see `cacheDirectory`. */
  readonly cacheDirectory: string;
  /** Receives each line for the person who waits: what will be fetched, how far it is. */
  readonly say: (line: string) => void;
  /** Takes the place of the machine's own package sources, see `createPrivateApt`. */
  readonly sourcesFile?: string;
  /** Ends the fetching when aborted; a later call goes on where this one stopped. */
  readonly signal?: AbortSignal;
}

const stampSchema = z.object({
  packages: z.array(z.string()),
  /** File names of the unpacked packages, versions included. */
  archives: z.array(z.string()),
  /** State of the machine's package database for which `archives` was found to be enough. */
  machine: z.string(),
});
type Stamp = z.infer<typeof stampSchema>;

const dpkgStatusFile = '/var/lib/dpkg/status';

/**
 * Makes programs of Debian packages available without installing them: no maintainer script runs, no
 * service starts, no account or file of the machine changes. Packages that the machine has are used
 * from there; the others are fetched with apt (from the machine's own sources, into private lists) and
 * unpacked into the cache folder. A second call finds them there and needs no network.
 *
 * Safe to call from several processes at once and to interrupt anywhere.
 *
 * @throws a setup error: 4 no apt, unknown package, no network; 130 Ctrl-C ended apt; the abort error
 *   of `signal`
 */
export async function ensureDebs(options: EnsureDebsOptions): Promise<DebianTools> {
  const packages = [...new Set(options.packages)].toSorted();
  const base = join(options.cacheDirectory, 'debian');
  const key = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 12);
  const directory = join(base, key);
  if (readStamp(directory)?.machine === machineState()) return toolsOf(directory);
  if (!existsSync('/usr/bin/apt-get')) {
    throw createSetupError('this machine has no apt-get', {
      exitCode: 4,
      hint: `install the equivalents of: ${packages.join(' ')}`,
    });
  }
  return await withFileLock(
    join(base, 'lock'),
    async () => {
      if (readStamp(directory)?.machine !== machineState()) {
        removeLeftovers(base);
        const apt = createPrivateApt(join(base, 'apt'), options);
        await provide({ ...options, packages }, directory, apt);
      }
      return toolsOf(directory);
    },
    {
      onWait: () => {
        options.say('Another process is fetching Debian packages; waiting for it.');
      },
    },
  );
}

async function provide(
  options: EnsureDebsOptions,
  directory: string,
  apt: PrivateApt,
): Promise<void> {
  const known = await apt.missing(options.packages);
  const stamp = readStamp(directory);
  if (known !== undefined && stamp !== undefined && isEnough(stamp, known)) {
    writeStamp(directory, { ...stamp, machine: machineState() });
    return;
  }
  const archives = known ?? (await missingAfterUpdate(options, apt));
  announce(options, archives, directory);
  if (!(await fetchArchives(options, apt))) {
    // The lists were older than the mirror: the files that they name are gone.
    const fresh = await missingAfterUpdate(options, apt);
    if (!(await fetchArchives(options, apt))) {
      throw createSetupError('the Debian packages could not be fetched', {
        exitCode: 4,
        hint: 'check the network and /etc/apt/sources.list*',
      });
    }
    await unpack(options, fresh, directory, apt);
    return;
  }
  await unpack(options, archives, directory, apt);
}

async function missingAfterUpdate(
  options: EnsureDebsOptions,
  apt: PrivateApt,
): Promise<readonly AptArchive[]> {
  options.say(`Fetching Debian's package lists (about 10 MB) into ${options.cacheDirectory}`);
  await apt.update();
  const archives = await apt.missing(options.packages);
  if (archives !== undefined) return archives;
  throw createSetupError(`apt cannot resolve ${options.packages.join(' ')}`, {
    exitCode: 4,
    hint: `try: apt-get install --simulate ${options.packages.join(' ')}`,
  });
}

function announce(
  options: EnsureDebsOptions,
  archives: readonly AptArchive[],
  directory: string,
): void {
  const megabytes = archives.reduce((sum, archive) => sum + archive.sizeBytes, 0) / 1e6;
  const names = archives.map((archive) => archive.name).toSorted();
  options.say(`Fetching Debian packages that this machine lacks (${megabytes.toFixed(1)} MB):`);
  options.say(`  ${names.join(' ')}`);
  options.say(`They are unpacked into ${directory}, not installed; the machine stays as it is.`);
}

async function fetchArchives(options: EnsureDebsOptions, apt: PrivateApt): Promise<boolean> {
  let said = 0;
  return await apt.download(options.packages, (percent) => {
    const step = Math.floor(percent / 20) * 20;
    if (step <= said) return;
    said = step;
    options.say(`  fetched ${String(step)} %`);
  });
}

async function unpack(
  options: EnsureDebsOptions,
  archives: readonly AptArchive[],
  directory: string,
  apt: PrivateApt,
): Promise<void> {
  const partial = `${directory}.partial`;
  mkdirSync(join(partial, 'root'), { recursive: true });
  options.say('  unpacking');
  for (const archive of archives) {
    options.signal?.throwIfAborted();
    const file = join(apt.archivesDirectory, archive.fileName);
    await requireCommand('dpkg-deb', ['--extract', file, join(partial, 'root')]);
  }
  writeStamp(partial, {
    packages: [...options.packages],
    archives: archives.map((archive) => archive.fileName),
    machine: machineState(),
  });
  if (existsSync(directory)) renameSync(directory, `${directory}.old`);
  renameSync(partial, directory);
  rmSync(`${directory}.old`, { recursive: true, force: true });
  for (const archive of archives) {
    rmSync(join(apt.archivesDirectory, archive.fileName), { force: true });
  }
  options.say('  done');
}

/** A newer version in the archive is no reason to fetch again: by name is enough. */
function isEnough(stamp: Stamp, archives: readonly AptArchive[]): boolean {
  const have = new Set(stamp.archives.map((fileName) => fileName.split('_', 1)[0]));
  return archives.every((archive) => have.has(archive.name));
}

/** Removes what an interrupted run left; only called under the lock. */
function removeLeftovers(base: string): void {
  for (const name of readdirSync(base)) {
    if (/\.(partial|old)$/.test(name)) rmSync(join(base, name), { recursive: true, force: true });
  }
}

function machineState(): string {
  const status = statSync(dpkgStatusFile, { throwIfNoEntry: false });
  return status === undefined ? 'none' : `${String(status.size)}:${String(status.mtimeMs)}`;
}

function readStamp(directory: string): Stamp | undefined {
  try {
    const text = readFileSync(join(directory, 'stamp.json'), 'utf8');
    return stampSchema.parse(JSON.parse(text));
  } catch {
    // Missing or unreadable means the same: nothing usable is here yet.
    return undefined;
  }
}

function writeStamp(directory: string, stamp: Stamp): void {
  writeFileSync(join(directory, 'stamp.json.new'), `${JSON.stringify(stamp, null, 2)}\n`);
  renameSync(join(directory, 'stamp.json.new'), join(directory, 'stamp.json'));
}

function toolsOf(directory: string): DebianTools {
  return createDebianTools(join(directory, 'root'));
}

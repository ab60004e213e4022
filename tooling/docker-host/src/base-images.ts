import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSetupError,
  ensureDebs,
  requireCommand,
  runCommand,
  withFileLock,
} from '@ds01/setup';
import { buildBusyboxTree } from './busybox-tree.ts';
import { engineEnvironment, toolsOf } from './engine-tools.ts';
import { hostPaths } from './host-paths.ts';
import type { HostState } from './host-state.ts';

/** The base images that can be made without a registry. */
export const baseImageNames = ['busybox', 'python'] as const;

/** See {@link baseImageNames}. */
export type BaseImageName = (typeof baseImageNames)[number];

/** What {@link makeBaseImage} needs to know. */
export interface BaseImageOptions {
  readonly cacheDirectory: string;
  readonly say: (line: string) => void;
}

const pythonPackages = ['python3', 'python3-pip', 'python3-venv', 'ca-certificates', 'procps'];
const debianSuite = 'bookworm';

/**
 * Makes a local base image in a host's engine, unless it has it: `ds01/busybox:latest` (shell and
 * applets, at once) or `ds01/python:latest` (Debian with python3 and pip: about 75 s and 100 MB of
 * downloads the first time, then from the cache folder).
 *
 * @returns the image's name
 * @throws a setup error (exit code 4) that quotes the tool that failed
 */
export async function makeBaseImage(
  state: HostState,
  name: BaseImageName,
  options: BaseImageOptions,
): Promise<string> {
  const image = `ds01/${name}:latest`;
  const known = await docker(state, ['image', 'inspect', '--format', '{{.Id}}', image]);
  if (known.exitCode === 0) {
    options.say(`${image} is already there`);
    return image;
  }
  if (name === 'busybox') await importBusybox(state, image);
  else await importPython(state, image, options);
  options.say(`made ${image}`);
  return image;
}

async function importBusybox(state: HostState, image: string): Promise<void> {
  const busybox = toolsOf(state).find('busybox');
  if (busybox === undefined) throw createSetupError('there is no busybox', { exitCode: 4 });
  const rootfs = mkdtempSync(join(tmpdir(), 'ds01-busybox-'));
  try {
    await buildBusyboxTree(busybox, rootfs);
    await importTree(state, rootfs, image, 'CMD ["sh"]');
  } finally {
    rmSync(rootfs, { recursive: true, force: true });
  }
}

async function importPython(
  state: HostState,
  image: string,
  options: BaseImageOptions,
): Promise<void> {
  const images = join(options.cacheDirectory, 'images');
  const archive = join(images, `python-${debianSuite}-1.tar`);
  mkdirSync(images, { recursive: true });
  await withFileLock(
    `${archive}.lock`,
    async () => {
      if (!existsSync(archive)) await bootstrapPython(archive, options);
    },
    {
      onWait: () => {
        options.say(`Another process is making ${archive}; waiting for it.`);
      },
    },
  );
  const result = await docker(state, ['import', '--change', 'CMD ["python3"]', archive, image]);
  if (result.exitCode !== 0) {
    throw createSetupError(`docker import failed: ${result.stderr.trim()}`, { exitCode: 4 });
  }
}

async function bootstrapPython(archive: string, options: BaseImageOptions): Promise<void> {
  const tools = await ensureDebs({
    ...options,
    packages: ['debian-archive-keyring', 'debootstrap', 'gpgv', 'wget'],
  });
  const keyring = [tools.root, '/']
    .map((root) => join(root, 'usr/share/keyrings/debian-archive-keyring.gpg'))
    .find((path) => existsSync(path));
  const work = `${archive}.partial`;
  rmSync(work, { recursive: true, force: true });
  options.say(`Making a Debian ${debianSuite} root with Python (once: about 75 s, 100 MB):`);
  options.say(`  ${pythonPackages.join(' ')}; kept in ${archive}`);
  const rootfs = join(work, 'rootfs');
  mkdirSync(rootfs, { recursive: true });
  const environment = { ...tools.environment(process.env), LC_ALL: 'C' };
  // debootstrap mounts /proc and /sys: in a namespace of its own they go away with it.
  await requireCommand(
    'unshare',
    [
      '--mount',
      '--',
      tools.find('debootstrap') ?? 'debootstrap',
      '--variant=minbase',
      `--include=${pythonPackages.join(',')}`,
      ...(keyring === undefined ? [] : [`--keyring=${keyring}`]),
      debianSuite,
      rootfs,
      'http://deb.debian.org/debian',
    ],
    { environment },
  );
  options.say('  packing');
  const skipped = ['./var/cache/apt/*', './var/lib/apt/lists/*', './dev/*', './proc/*', './sys/*'];
  await requireCommand('tar', [
    '--create',
    `--file=${join(work, 'image.tar')}`,
    `--directory=${rootfs}`,
    ...skipped.map((pattern) => `--exclude=${pattern}`),
    '.',
  ]);
  renameSync(join(work, 'image.tar'), archive);
  rmSync(work, { recursive: true, force: true });
}

/** Streams a folder into `docker import`. */
async function importTree(
  state: HostState,
  folder: string,
  image: string,
  change: string,
): Promise<void> {
  const tar = spawn('tar', ['--create', '--directory', folder, '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const result = await docker(state, ['import', '--change', change, '-', image], tar.stdout);
  if (result.exitCode !== 0) {
    throw createSetupError(`docker import failed: ${result.stderr.trim()}`, { exitCode: 4 });
  }
}

async function docker(
  state: HostState,
  words: readonly string[],
  input?: NodeJS.ReadableStream,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const paths = hostPaths(state.root);
  return await runCommand(
    toolsOf(state).find('docker') ?? 'docker',
    ['--host', `unix://${paths.socket}`, ...words],
    {
      environment: engineEnvironment(state, paths),
      ...(input === undefined ? {} : { input }),
    },
  );
}

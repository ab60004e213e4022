import {
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { createSetupError } from '@ds01/setup';
import { type HostState, readHostState } from './host-state.ts';

/** Where hosts live unless told otherwise; a host with another root has a symlink here. */
export const hostsDirectory = '/var/tmp/ds01-host';

/** A host's name: its cgroup folder is `/ds01-NAME`. */
const hostNamePattern = /^[a-z0-9][a-z0-9-]{0,30}$/;

/**
 * The cgroup folder of a host, in every hierarchy (`DS01_CGROUP_ROOT`).
 *
 * @throws a setup error (exit code 2) for a name that doesn't match {@link hostNamePattern}
 */
export function hostCgroup(name: string): string {
  if (hostNamePattern.test(name)) return `/ds01-${name}`;
  throw createSetupError(`'${name}' is no name for a host`, {
    exitCode: 2,
    hint: 'use up to 31 lower-case letters, digits and dashes',
  });
}

/**
 * Finds the root folder of the named host; undefined if there is none.
 *
 * @throws a setup error (exit code 7) if the hosts' folder isn't root's own
 */
export function findHostRoot(name: string): string | undefined {
  hostCgroup(name);
  const folder = lstatSync(hostsDirectory, { throwIfNoEntry: false });
  if (folder === undefined) return undefined;
  if (!folder.isDirectory() || folder.uid !== 0) {
    throw createSetupError(`${hostsDirectory} exists and isn't root's folder`, { exitCode: 7 });
  }
  const path = join(hostsDirectory, name);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    return realpathSync(path);
  } catch {
    // The symlink's target is gone: a host whose root somebody removed by hand.
    unlinkSync(path);
    return undefined;
  }
}

/**
 * The named running host's state.
 *
 * @throws a setup error (exit code 3) if there is no such host
 */
export function requireHost(name: string): HostState {
  const root = findHostRoot(name);
  const state = root === undefined ? undefined : readHostState(root);
  if (state !== undefined && state.phase === 'running') return state;
  throw createSetupError(`no docker host '${name}' is running`, {
    exitCode: 3,
    hint: `pnpm docker-host start --gpus a100x4-mig${name === 'default' ? '' : ` --name ${name}`}`,
  });
}

/** Names of all hosts that have a root folder here, running or not. */
export function listHostNames(): readonly string[] {
  if (lstatSync(hostsDirectory, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(hostsDirectory).filter((name) => hostNamePattern.test(name));
}

/**
 * Makes the root folder of a host and the entry under which {@link findHostRoot} finds it.
 *
 * @throws a setup error (exit code 4) if `root` is a folder with something in it
 */
export function createHostRoot(name: string, root: string): void {
  mkdirSync(hostsDirectory, { recursive: true, mode: 0o755 });
  findHostRoot(name);
  const entry = join(hostsDirectory, name);
  mkdirSync(root, { recursive: true, mode: 0o755 });
  if (readdirSync(root).length > 0) {
    throw createSetupError(`${root} isn't empty`, {
      exitCode: 4,
      hint: 'give --root a folder that is new or empty',
    });
  }
  if (root !== entry) symlinkSync(root, entry);
}

/** Forgets a host whose root folder has been removed. */
export function removeHostEntry(name: string): void {
  const entry = join(hostsDirectory, name);
  if (lstatSync(entry, { throwIfNoEntry: false })?.isSymbolicLink() === true) unlinkSync(entry);
  try {
    rmdirSync(hostsDirectory);
  } catch {
    // Other hosts are still in it, or there never was one.
  }
}

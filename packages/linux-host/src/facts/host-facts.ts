import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerId } from '@ds01/contracts';
import type { ActivityTarget, GpuAccess, HostFacts, IdRange, KeyUse } from '@ds01/ports';
import { containerFolder } from '../cgroups/container-folder.ts';
import type { CgroupFacts } from '../cgroups/user-cgroups.ts';
import { isAbsence, textOf } from '../kernel-files.ts';
import { clockIsKept } from './clock-is-kept.ts';
import { unitStates } from './units.ts';

/** Where to look. */
export interface HostFactsOptions {
  readonly detect: () => Promise<CgroupFacts>;
  /** Folder that everything is looked for in, as in a root; `/` unless given. */
  readonly root?: string;
}

/** Facts from the files of this host. */
export function createHostFacts(options: HostFactsOptions): HostFacts {
  const { detect, root = '/' } = options;
  const at = (path: string): string => join(root, path);
  return {
    units: unitStates,
    clockIsKept: () => clockIsKept().catch(() => null),
    countsSwap: (version) => countsSwap(at('/sys/fs/cgroup'), version),
    keys: () => readKeyUse(textOf(at('/proc/key-users')) ?? ''),
    idRanges: () => readIdRanges(textOf(at('/etc/subuid')) ?? ''),
    gpuAccess: () => gpuAccess(at),
    withoutGpuAccess: async (targets) => {
      const facts = await detect().catch(() => null);
      // Version 2 has no file that tells which devices are allowed.
      if (facts?.version !== 1 || !isThere(at(controlDevice))) return [];
      return targets.flatMap((target) =>
        hasLostGpus(at('/sys/fs/cgroup/devices'), facts, target) ? [target.id] : [],
      );
    },
  };
}

/** NVIDIA's control device, and its link by numbers (major 195; kernel documentation, devices.txt). */
const controlDevice = '/dev/nvidiactl';
const controlLink = '/dev/char/195:255';

function hasLostGpus(
  mount: string,
  { driver }: CgroupFacts,
  target: ActivityTarget & { readonly id: ContainerId },
): boolean {
  const allowed = textOf(`${mount}${containerFolder(driver, target)}/devices.list`);
  return allowed !== null && !/^(?:a \*:\*|c (?:195|\*):)/m.test(allowed);
}

function countsSwap(mount: string, version: 1 | 2): boolean | null {
  if (version === 1) return isThere(`${mount}/memory/memory.memsw.limit_in_bytes`);
  // The root has no such file: any group below it tells.
  const groups = foldersIn(mount);
  return groups.length === 0
    ? null
    : groups.some((group) => isThere(`${mount}/${group}/memory.swap.max`));
}

/** Reads `/proc/key-users` (keyrings(7)): `uid: usage nkeys/nikeys qnkeys/maxkeys qnbytes/maxbytes`. */
export function readKeyUse(text: string): readonly KeyUse[] {
  return [...text.matchAll(/^\s*(\d+):\s+\d+\s+\d+\/\d+\s+(\d+)\/(\d+)\s/gm)].map(
    ([, uid, keys, maxKeys]) => ({
      uid: Number(uid),
      keys: Number(keys),
      maxKeys: Number(maxKeys),
    }),
  );
}

/** Reads `/etc/subuid` (subuid(5)): `name:first:count`. */
export function readIdRanges(text: string): readonly IdRange[] {
  return [...text.matchAll(/^([^:\s#]+):(\d+):(\d+)$/gm)].map(([, name = '', first, count]) => ({
    name,
    first: Number(first),
    count: Number(count),
  }));
}

const specFolders = ['/etc/cdi', '/var/run/cdi'];
const runtimeSettings = '/etc/nvidia-container-runtime/config.toml';

function gpuAccess(at: (path: string) => string): GpuAccess {
  const settings = textOf(at(runtimeSettings));
  const specs = specFolders.flatMap((folder) =>
    namesIn(at(folder))
      .filter((name) => /nvidia.*\.(?:ya?ml|json)$/i.test(name))
      .map((name) => ({
        path: join(folder, name),
        text: textOf(at(join(folder, name))) ?? '',
      })),
  );
  return {
    hasDevice: isThere(at(controlDevice)),
    hasDeviceLink: isThere(at(controlLink)),
    obeysEnvironment: settings === null ? null : obeysEnvironment(settings),
    specs,
  };
}

/** True unless the settings say otherwise (NVIDIA Container Toolkit, config.toml). */
export function obeysEnvironment(settings: string): boolean {
  const key = 'accept-nvidia-visible-devices-envvar-when-unprivileged';
  return !new RegExp(String.raw`^\s*${key}\s*=\s*false\b`, 'm').test(settings);
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

function foldersIn(path: string): readonly string[] {
  return namesIn(path).filter((name) => !name.includes('.'));
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

import { closeSync, constants, lstatSync, openSync, readlinkSync } from 'node:fs';
import { isUnderMount } from './mount-info.ts';

const maximalLinks = 40;
const directories = ['/usr/bin', '/bin', '/usr/local/bin'];
const toolName = 'nvidia-smi';

/** An open file in a container's root on which the tool can be mounted. */
export interface MountPoint {
  readonly descriptor: number;
  /** Path from the container's root, without links. */
  readonly path: string;
}

interface OpenDirectory {
  readonly descriptor: number;
  readonly path: string;
}

const isErrorCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.some((code) => error.code === code);

const entry = (descriptor: number, name: string): string => `/proc/self/fd/${descriptor}/${name}`;

/** Opens an entry of an open folder if it is a folder itself; never follows a link. */
const openFolder = (parent: number, name: string): number | undefined => {
  try {
    return openSync(
      entry(parent, name),
      constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
    );
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES')) return undefined;
    throw error;
  }
};

const linkTarget = (parent: number, name: string): string | undefined => {
  try {
    return readlinkSync(entry(parent, name));
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'EINVAL', 'ENOTDIR')) return undefined;
    throw error;
  }
};

const parts = (path: string): string[] =>
  path.split('/').filter((part) => !['', '.'].includes(part));

/**
 * Opens a folder inside a root that an image made, as the container itself would find it: links
 * are resolved by hand from descriptor to descriptor and start at that root, so none leads out of
 * it. Undefined if there is no such folder. The caller closes the descriptor.
 */
export const openDirectoryInside = (root: number, path: string): OpenDirectory | undefined => {
  const opened: { readonly descriptor: number; readonly name: string }[] = [];
  const closeFrom = (depth: number): void => {
    for (const { descriptor } of opened.splice(depth)) closeSync(descriptor);
  };
  const pending = parts(path);
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '..') {
      closeFrom(Math.max(opened.length - 1, 0));
      continue;
    }
    const parent = opened.at(-1)?.descriptor ?? root;
    const descriptor = openFolder(parent, name);
    if (descriptor !== undefined) {
      opened.push({ descriptor, name });
      continue;
    }
    const target = linkTarget(parent, name);
    links += 1;
    if (target === undefined || links > maximalLinks) {
      closeFrom(0);
      return undefined;
    }
    if (target.startsWith('/')) closeFrom(0);
    pending.unshift(...parts(target));
  }
  const last = opened.pop();
  const resolved = [...opened, ...(last === undefined ? [] : [last])].map(({ name }) => `/${name}`);
  closeFrom(0);
  return last === undefined ? undefined : { descriptor: last.descriptor, path: resolved.join('') };
};

const isRegularFile = (directory: OpenDirectory): boolean =>
  lstatSync(entry(directory.descriptor, toolName), { throwIfNoEntry: false })?.isFile() === true;

const openTool = (directory: OpenDirectory, create: boolean): MountPoint | undefined => {
  const flags = create
    ? constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
    : constants.O_RDONLY;
  try {
    const descriptor = openSync(
      entry(directory.descriptor, toolName),
      flags | constants.O_NOFOLLOW,
      0o444,
    );
    return { descriptor, path: `${directory.path}/${toolName}` };
  } catch (error) {
    if (isErrorCode(error, 'EEXIST', 'ELOOP', 'ENOENT', 'EROFS', 'EACCES')) return undefined;
    throw error;
  }
};

/**
 * Finds where to mount the tool: a regular file of that name in the usual folders, else an empty
 * file made in the first of these folders that belongs to the container alone. That empty file,
 * without execute permission, is all that a commit of the container would keep; a mount needs
 * something to be mounted on. Folders that are mounted from elsewhere (volumes, the host's) are
 * never written to. Undefined if the image has none of the folders. The caller closes the
 * descriptor.
 */
export const openMountPoint = (
  root: number,
  mountsBelowRoot: readonly string[],
): MountPoint | undefined => {
  const candidates = directories.flatMap((path) => openDirectoryInside(root, path) ?? []);
  try {
    const existing = candidates.find(isRegularFile);
    const found = existing === undefined ? undefined : openTool(existing, false);
    if (found !== undefined) return found;
    for (const candidate of candidates) {
      if (isUnderMount(candidate.path, mountsBelowRoot)) continue;
      const created = openTool(candidate, true);
      if (created !== undefined) return created;
    }
    return undefined;
  } finally {
    for (const { descriptor } of candidates) closeSync(descriptor);
  }
};

import { ds01Error, type Ds01Error, type MountedFolder } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import type { CurrentPolicy } from '../policy.ts';

/** Folders in which an owner may mount, from the site's settings. */
export interface AllowedFolders {
  /** To read and write: home, the site's workspaces of this owner, data roots given as `:rw`. */
  readonly writable: readonly string[];
  /** To read: also the other data roots. */
  readonly readable: readonly string[];
}

/** Nothing of these is ever a person's, unless it is given to people by the site's settings. */
const systemFolders = '/etc /usr /bin /sbin /lib /lib32 /lib64 /boot /proc /sys /dev /run'.split(
  ' ',
);

/** Mounted by DS01 or the engine, or made of what the container must not lose. */
const keptTargets = ['/workspace', '/etc', '/home', '/run', '/proc', '/sys', '/dev'];

/** Folders in which somebody may mount; `null` is anywhere (root acting as root). */
export function allowedFolders(owner: HostAccount, policy: CurrentPolicy): AllowedFolders | null {
  if (owner.uid === 0) return null;
  const roots = policy.settings.data.roots.map((entry) => ({
    root: withoutSlash(entry.replace(/:r[ow]$/, '')),
    isWritable: entry.endsWith(':rw'),
  }));
  const own = [owner.home, workspacesRoot(owner, policy)].map(withoutSlash);
  const writable = [...own, ...roots.filter((it) => it.isWritable).map(({ root }) => root)];
  return {
    // Some system accounts live in `/`.
    writable: writable.filter(isSomeFolder),
    readable: [...writable, ...roots.map(({ root }) => root)].filter(isSomeFolder),
  };
}

/** The folder that holds an owner's projects. */
export function workspacesRoot(owner: HostAccount, policy: CurrentPolicy): string {
  const template = policy.settings.workspaces.root;
  return template === '/home/{user}/workspace'
    ? `${owner.home}/workspace`
    : template.replaceAll('{user}', owner.name);
}

/** Absolute, without `..` and control characters, and not the root itself. */
export function isCleanFolder(path: string): boolean {
  return (
    path.startsWith('/') &&
    !/\p{Cc}/u.test(path) &&
    !path.split('/').includes('..') &&
    path.split('/').some((part) => part !== '' && part !== '.')
  );
}

/** The same path with single slashes, none at the end, and without `.`. */
export function tidy(path: string): string {
  return `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
}

/** True for the folder itself and everything below it, by name. */
function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/**
 * Refuses a workspace that is no folder of people by its name alone (`workspace.outside`). Where it
 * really lies is judged when it is opened.
 */
export function checkWorkspace(
  folder: string,
  where: { readonly allowed: AllowedFolders | null; readonly hint: string },
): void {
  const { allowed, hint } = where;
  if (allowed === null || !isObviouslyOutside(folder, allowed.writable)) return;
  throw ds01Error('workspace.outside', {
    message: `${folder} can't be a workspace; it has to lie in ${listed(allowed.writable)}.`,
    hint,
    details: { folder, allowed: allowed.writable },
  });
}

/**
 * Checked data folders with tidy paths. Fails with `usage.invalid` for paths and targets that can't
 * be, `data.denied` for what the site doesn't share in this way.
 */
export function checkData(
  data: readonly MountedFolder[],
  where: { readonly allowed: AllowedFolders | null; readonly name: string },
): readonly MountedFolder[] {
  const targets = new Set<string>();
  return data.map((given) => {
    for (const path of [given.folder, given.target]) {
      if (isCleanFolder(path)) continue;
      throw invalidData(where.name, `${JSON.stringify(path)} is no absolute path without "..".`);
    }
    const mount = { ...given, folder: tidy(given.folder), target: tidy(given.target) };
    checkTarget(mount.target, { others: targets, name: where.name });
    targets.add(mount.target);
    if (where.allowed !== null) checkShared(mount, where.allowed, where.name);
    return mount;
  });
}

function checkTarget(
  target: string,
  { others, name }: { readonly others: ReadonlySet<string>; readonly name: string },
): void {
  const kept = keptTargets.find((folder) => isInside(target, folder));
  if (kept !== undefined || target === '/tmp') {
    throw invalidData(
      name,
      `A data folder can't be mounted at ${target}: ${kept ?? target} is kept.`,
    );
  }
  for (const other of others) {
    if (target === other) throw invalidData(name, `Two data folders would be at ${target}.`);
    // The engine would have to make a folder, as root, in somebody's data.
    if (isInside(target, other) || isInside(other, target)) {
      throw invalidData(name, `${target} and ${other} would be mounted one inside the other.`);
    }
  }
}

function invalidData(name: string, message: string): Ds01Error {
  const hint = `ds01 container deploy ${name} --data /path/to/folder`;
  return ds01Error('usage.invalid', { message, hint });
}

function checkShared(mount: MountedFolder, allowed: AllowedFolders, name: string): void {
  const { folder, readOnly } = mount;
  const { writable, readable } = allowed;
  if (writable.some((root) => isInside(folder, root))) return;
  const root = readable.find((candidate) => isInside(folder, candidate));
  if (root !== undefined && !readOnly) {
    throw ds01Error('data.denied', {
      message:
        `${root} is shared read-only here. Mount ${folder} without ":rw", or ask your ` +
        `administrator for "${root}:rw" in data.roots of ds01.yaml.`,
      hint: `ds01 container deploy ${name} --data ${folder}`,
      details: { folder, root, allowed: readable },
    });
  }
  if (!isObviouslyOutside(folder, readable)) return;
  throw ds01Error('data.denied', {
    message: `${folder} is not shared here; data has to lie in ${listed(readable)}.`,
    hint: 'ask your administrator to add it to data.roots of ds01.yaml',
    details: { folder, allowed: readable },
  });
}

/** A home may be a link, so that most of what lies outside by name can't be told from it. */
function isObviouslyOutside(folder: string, roots: readonly string[]): boolean {
  const path = tidy(folder);
  if (roots.some((root) => isInside(path, root))) return false;
  return systemFolders.some((system) => isInside(path, system));
}

function listed(folders: readonly string[]): string {
  return [...new Set(folders)].join(', ') || 'a folder that this site gives to people';
}

function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

function isSomeFolder(path: string): boolean {
  return isCleanFolder(path);
}

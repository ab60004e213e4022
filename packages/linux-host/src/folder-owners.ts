import { fstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkedPath, withFolderOf } from '@ds01/as-user';
import { ds01Error, isDs01Error, type Ds01Error } from '@ds01/contracts';
import type { FolderOwners, HostAccount, HostAccounts } from '@ds01/ports';
import { run } from './run.ts';

/**
 * Prints for each path the uid of the first folder on its way that isn't root's, `0` without one.
 * It goes no further, so nothing of a person's is followed by root.
 */
const script = `
for rest; do
  at= owner=0
  while [ -n "$rest" ]; do
    name=\${rest#/} name=\${name%%/*} rest=\${rest#/} rest=\${rest#"$name"}
    at=$at/$name
    owner=$(stat -c %u -- "$at" 2>/dev/null) || { owner=0; break; }
    [ "$owner" = 0 ] || break
  done
  echo "$owner"
done
`;

/** How many folders above a missing one are tried. */
const maxSteps = 16;

/** For a home folder on a file server that doesn't answer. */
const timeoutMs = 3000;

/** How long such a home is left alone, in which its other folders aren't waited for. */
const silenceMs = 60_000;

/** More folders than this say nothing: looking at each takes a child. */
const maxPaths = 100;

/**
 * Folder owners of this host. Who may own a path is read from root's own folders; whether they do is
 * asked as that account, of the folder as it was opened.
 */
export function createFolderOwners(accounts: Pick<HostAccounts, 'byUid'>): FolderOwners {
  const silentUntilMs = new Map<number, number>();
  const isOwner = async (account: HostAccount, path: string): Promise<boolean> => {
    if ((silentUntilMs.get(account.uid) ?? 0) > performance.now()) throw tooSlow([path]);
    try {
      return await owns(account, path);
    } catch (error) {
      if (isDs01Error(error) && error.code === 'operation.timed-out') {
        silentUntilMs.set(account.uid, performance.now() + silenceMs);
      }
      throw error;
    }
  };
  return {
    async ownersOf(paths) {
      if (paths.length > maxPaths) return paths.map(() => null);
      const usable = paths.map(usablePath);
      const uids = await firstOwners(usable.filter((path) => path !== null));
      const candidates = new Map<number, HostAccount | null>();
      for (const uid of new Set(uids.values())) {
        candidates.set(uid, uid === 0 ? null : await accounts.byUid(uid));
      }
      const owners: (HostAccount | null)[] = [];
      for (const path of usable) {
        const candidate = path === null ? null : (candidates.get(uids.get(path) ?? 0) ?? null);
        const isTheirs = path !== null && candidate !== null && (await isOwner(candidate, path));
        owners.push(isTheirs ? candidate : null);
      }
      return owners;
    },
  };
}

/** As it is really meant; `null` for what can't be a path of this host. */
function usablePath(path: string): string | null {
  try {
    return checkedPath(path);
  } catch {
    return null;
  }
}

async function firstOwners(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (paths.length === 0) return new Map();
  const { status, stdout } = await run('sh', ['-c', script, 'sh', ...paths], { timeoutMs });
  const lines = stdout.split('\n').slice(0, -1);
  if (status !== 0 || lines.length !== paths.length) {
    throw tooSlow(paths);
  }
  return new Map(paths.map((path, index) => [path, Number(lines[index])]));
}

function tooSlow(paths: readonly string[]): Ds01Error {
  return ds01Error('operation.timed-out', {
    message: `Whose the folders of a container are wasn't found out within ${timeoutMs / 1000} s.`,
    hint: 'ds01 doctor',
    details: { paths },
  });
}

async function owns(account: HostAccount, path: string): Promise<boolean> {
  const self = process.geteuid?.();
  // Only root can look as somebody else; a home that is everything says nothing.
  if ((self !== 0 && self !== account.uid) || account.home === '/') return false;
  let folder = path;
  for (let step = 0; step < maxSteps; step += 1) {
    try {
      const opened = { account, folder, create: false, within: [account.home], timeoutMs };
      return await withFolderOf(opened, async (at) => fstatSync(at).uid === account.uid);
    } catch (error) {
      if (!isDs01Error(error) || !error.code.startsWith('workspace.')) throw error;
      const isHigher = error.code === 'workspace.not-found';
      if (!isHigher && error.code !== 'workspace.not-a-folder') return false;
    }
    folder = dirname(folder);
  }
  return false;
}

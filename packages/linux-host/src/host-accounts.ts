import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { slugOf, usernameSchema } from '@ds01/contracts';
import type { HostAccount, HostAccounts } from '@ds01/ports';

const run = promisify(execFile);

/**
 * Accounts as the machine's name service has them (files, LDAP, SSSD), through `getent` and `id`. An
 * all-digit name is a name here, never a uid.
 */
export function createHostAccounts(): HostAccounts {
  const known = new Map<string, Promise<HostAccount | null>>();
  const once = (key: string, find: () => Promise<HostAccount | null>) => {
    const found = known.get(key) ?? find();
    known.set(key, found);
    return found;
  };
  return {
    byName: (name) => once(`name ${name}`, () => findByName(name)),
    byUid: (uid) => once(`uid ${uid}`, () => findByUid(uid)),
  };
}

async function findByName(name: string): Promise<HostAccount | null> {
  if (!usernameSchema.safeParse(name).success || name.startsWith('-')) return null;
  const entry = entryOf(await query(name));
  if (entry?.name === name) return withGroups(entry);
  if (!/^\d+$/.test(name)) return null;
  const all = (await query(null)).split('\n').map(entryOf);
  const named = all.find((candidate) => candidate?.name === name);
  return named === undefined ? null : withGroups(named);
}

async function findByUid(uid: number): Promise<HostAccount | null> {
  const entry = entryOf(await query(String(uid)));
  return entry?.uid === uid ? withGroups(entry) : null;
}

/** `getent passwd <key>`, or every entry that can be listed. */
async function query(key: string | null): Promise<string> {
  try {
    const words = key === null ? ['passwd'] : ['passwd', '--', key];
    return (await run('getent', words, { timeout: 10_000 })).stdout;
  } catch {
    return '';
  }
}

interface Entry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

function entryOf(text: string): Entry | undefined {
  const [name, , uid, gid, , home] = (text.split('\n')[0] ?? '').split(':');
  if (name === undefined || uid === undefined || gid === undefined || home === undefined) {
    return undefined;
  }
  return { name, uid: Number(uid), gid: Number(gid), home };
}

async function withGroups(entry: Entry): Promise<HostAccount | null> {
  const name = usernameSchema.safeParse(entry.name);
  if (!name.success) return null;
  return {
    name: name.data,
    slug: slugOf(name.data),
    uid: entry.uid,
    gid: entry.gid,
    groupIds: await groupIdsOf(entry),
    home: entry.home,
  };
}

async function groupIdsOf(entry: Entry): Promise<readonly number[]> {
  try {
    const words = ['initgroups', '--', entry.name];
    const { stdout } = await run('getent', words, { timeout: 10_000 });
    const ids = stdout.trim().split(/\s+/).slice(1).map(Number).filter(Number.isInteger);
    return [...new Set([entry.gid, ...ids])];
  } catch {
    return [entry.gid];
  }
}

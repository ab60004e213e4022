import { readdirSync } from 'node:fs';
import { ds01Error, slugOf, usernameSchema, type Username } from '@ds01/contracts';
import type { HostAccount, HostAccounts } from '@ds01/ports';
import { run } from './run.ts';

/** `getent`'s exit code for a key that isn't there (getent(1)). */
const notFound = 2;

/**
 * Accounts as the machine's name service knows them, LDAP included. A name of digits is a name,
 * never a number. An account whose name can't be a DS01 user counts as absent. Fails with
 * `internal.unexpected` when the name service can't be asked.
 */
export function createHostAccounts(): HostAccounts {
  return {
    async byName(name) {
      if (!usernameSchema.safeParse(name).success) return null;
      if (!looksLikeNumber(name))
        return accountOf(await readPasswd(name), (it) => it.name === name);
      // getent takes such a key for a uid; id asks for the name first.
      const uid = await idOf('-u', name);
      return uid === null ? null : accountOf(await readPasswd(uid), (it) => it.name === name);
    },
    async byUid(uid) {
      if (!Number.isSafeInteger(uid) || uid < 0) return null;
      return accountOf(await readPasswd(String(uid)), (it) => it.uid === uid);
    },
    async groupIds(names) {
      const entries = await Promise.all(
        [...new Set(names)].map(async (name) => [name, await groupIdOf(name)] as const),
      );
      return new Map(entries.flatMap(([name, id]) => (id === null ? [] : [[name, id]])));
    },
    async groupMembers(name) {
      return (await readGroup(name))?.members ?? [];
    },
    people: listPeople,
  };
}

const firstPerson = 1000;
/** Accounts that systemd makes up for services, and `nobody` (systemd's UIDS-GIDS). */
const strangers = { first: 61_184, last: 65_535 } as const;
const noHomes: readonly string[] = ['', '/', '/nonexistent', '/dev/null'];
const homesFolder = '/home';

async function listPeople(): Promise<readonly Username[]> {
  const { status, stdout, stderr } = await run('getent', ['--', 'passwd']);
  if (status !== 0) throw nameServiceError('getent passwd', stderr);
  const listed = stdout.split('\n').map(parsePasswdEntry);
  // A directory service need not list everybody; whoever was here has a folder.
  const known = new Set<string>(listed.map((entry) => entry?.name ?? ''));
  const further = readFolder(homesFolder).filter(
    (name) => usernameSchema.safeParse(name).success && !looksLikeNumber(name) && !known.has(name),
  );
  const found: (PasswdEntry | null)[] = [...listed];
  for (const name of further) found.push(await readPasswd(name));
  const names = found.flatMap((entry) => (entry !== null && isPerson(entry) ? [entry.name] : []));
  return [...new Set(names)].toSorted();
}

function isPerson({ uid, home, shell }: PasswdEntry): boolean {
  const canLogIn = !/\/(?:nologin|false)$/.test(shell);
  const isStranger = uid >= strangers.first && uid <= strangers.last;
  return uid >= firstPerson && !isStranger && canLogIn && !noHomes.includes(home);
}

function readFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

interface PasswdEntry extends Omit<HostAccount, 'groupIds' | 'slug'> {
  readonly shell: string;
}

/** What `strtoul` would read to the end (getent.c). */
function looksLikeNumber(name: string): boolean {
  return /^\s*[+-]?\d+$/.test(name);
}

async function readPasswd(key: string): Promise<PasswdEntry | null> {
  const { status, stdout, stderr } = await run('getent', ['--', 'passwd', key]);
  if (status === notFound) return null;
  if (status !== 0) throw nameServiceError(`getent passwd ${key}`, stderr);
  return parsePasswdEntry(stdout);
}

/** Reads a line of passwd(5): name, password, uid, gid, comment, home, shell. */
function parsePasswdEntry(text: string): PasswdEntry | null {
  const [name, , uid, gid, , home, shell = ''] = text.split('\n', 1)[0]?.split(':') ?? [];
  const username = usernameSchema.safeParse(name);
  if (!username.success || uid === undefined || gid === undefined || home === undefined)
    return null;
  if (!/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return null;
  return { name: username.data, uid: Number(uid), gid: Number(gid), home, shell };
}

async function accountOf(
  entry: PasswdEntry | null,
  isAsked: (entry: PasswdEntry) => boolean,
): Promise<HostAccount | null> {
  if (entry === null || !isAsked(entry)) return null;
  const groups = await idOf('-G', entry.name);
  if (groups === null) return null;
  const others = groups.split(' ').map(Number);
  const groupIds = [...new Set([entry.gid, ...others])];
  const { shell: _, ...account } = entry;
  return { ...account, slug: slugOf(entry.name), groupIds };
}

async function groupIdOf(name: string): Promise<number | null> {
  return (await readGroup(name))?.gid ?? null;
}

interface GroupEntry {
  readonly gid: number;
  readonly members: readonly string[];
}

/** Reads a line of group(5): name, password, gid, members. */
async function readGroup(name: string): Promise<GroupEntry | null> {
  // getent would take such a name for a gid, and a colon or newline can't be in one.
  if (name === '' || looksLikeNumber(name) || /[:\n\0]/.test(name)) return null;
  const { status, stdout, stderr } = await run('getent', ['--', 'group', name]);
  if (status === notFound) return null;
  if (status !== 0) throw nameServiceError(`getent group ${name}`, stderr);
  const [found, , gid, members = ''] = stdout.split('\n', 1)[0]?.split(':') ?? [];
  if (found !== name || gid === undefined || !/^\d+$/.test(gid)) return null;
  return { gid: Number(gid), members: members.split(',').filter((member) => member !== '') };
}

/** What id(1) prints of an account; `null` when there is none. */
async function idOf(option: '-u' | '-G', name: string): Promise<string | null> {
  const { status, stdout, stderr } = await run('id', [option, '--', name]);
  if (status === 0 && /^\d+(?: \d+)*\s*$/.test(stdout)) return stdout.trim();
  if (/no such user/.test(stderr)) return null;
  throw nameServiceError(`id ${option} ${name}`, stderr);
}

function nameServiceError(command: string, stderr: string): Error {
  return ds01Error('internal.unexpected', {
    message: `The accounts of this machine can't be read: ${command}: ${stderr.trim()}`,
    hint: 'getent passwd',
    details: { command },
  });
}

import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { createSetupError } from '@ds01/setup';
import { z } from 'zod';
import { hostPaths } from './host-paths.ts';
import type { HostState } from './host-state.ts';
import { scriptPath } from './launch.ts';

/** Names of directories (`h.baker@example.org`) and all-digit ones are names too. */
const accountNamePattern = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$/;
const firstGroupId = 60_000;
const lastGroupId = 65_535;

const personalId = z
  .int()
  .min(1000)
  .max(4_294_967_293)
  .refine((id) => id < firstGroupId || id > lastGroupId, 'is kept for further groups');

/** One person of a try-out. `groups` are further groups, made with the gids from 60000 on. */
export const accountSchema = z.object({
  name: z.string().regex(accountNamePattern),
  uid: personalId,
  gid: personalId,
  groups: z.array(z.string().regex(accountNamePattern)).default([]),
  home: z.string(),
});

/** The contents of a file for `exec --accounts`. */
export const accountsSchema = z.array(accountSchema);

/** See {@link accountSchema}, after defaults. */
export type Account = z.infer<typeof accountSchema>;

/** See {@link accountSchema}, as written by hand. */
export type AccountInput = z.input<typeof accountSchema>;

/**
 * Prepares accounts that exist for chosen processes only, and says how to run such a process: put the
 * returned words before the command. It sees the machine's accounts and these, and at /home the
 * machine's homes and theirs, which are folders of the host and the same for every such process. No
 * account, group or file of the machine changes. Mounts made below the pins' folder still reach the
 * engine.
 *
 * The process needs root; whether it enters the engine's network is up to the caller.
 *
 * @throws a setup error: 2 for a home that isn't `/home/NAME`, 4 if the machine has an account of the
 *   same name or uid, or no /home
 */
export function accountsNamespace(
  state: HostState,
  accounts: readonly AccountInput[],
): readonly string[] {
  const parsed = accountsSchema.parse(accounts);
  const machine = readFileSync('/etc/passwd', 'utf8');
  checkAccounts(parsed, machine);
  const paths = hostPaths(state.root);
  const passwd = withLines(machine, parsed.map(passwdLine));
  const group = withLines(readFileSync('/etc/group', 'utf8'), groupLines(parsed));
  const key = createHash('sha256').update(`${passwd}\0${group}`).digest('hex').slice(0, 12);
  const folder = join(paths.accountsDirectory, key);
  mkdirSync(folder, { recursive: true });
  writeOnce(join(folder, 'passwd'), passwd);
  writeOnce(join(folder, 'group'), group);
  const marks = join(paths.accountsDirectory, 'homes');
  mkdirSync(marks, { recursive: true });
  mkdirSync(paths.homeDirectory, { recursive: true });
  for (const account of parsed) {
    makeHome(paths.homeDirectory, account);
    writeFileSync(join(marks, basename(account.home)), '');
  }
  return [
    'unshare',
    '--mount',
    '--propagation=unchanged',
    '--',
    scriptPath('accounts.sh'),
    paths.pinsDirectory,
    join(folder, 'passwd'),
    join(folder, 'group'),
    paths.homeDirectory,
    marks,
  ];
}

function checkAccounts(accounts: readonly Account[], machine: string): void {
  if (!existsSync('/home')) throw createSetupError('this machine has no /home', { exitCode: 4 });
  const taken = machine.split('\n').map((line) => line.split(':'));
  for (const account of accounts) {
    if (account.home !== `/home/${basename(account.home)}` || account.home === '/home/') {
      throw createSetupError(`the home of ${account.name} has to be a folder of /home`, {
        exitCode: 2,
      });
    }
    const clash = taken.find(
      ([name, , uid]) => name === account.name || uid === String(account.uid),
    );
    if (clash === undefined) continue;
    throw createSetupError(
      `account ${account.name} (${String(account.uid)}) clashes with the machine's ${clash[0] ?? ''}`,
      { exitCode: 4, hint: 'use another name or uid' },
    );
  }
}

function passwdLine(account: Account): string {
  return `${account.name}:x:${String(account.uid)}:${String(account.gid)}::${account.home}:/bin/bash`;
}

function groupLines(accounts: readonly Account[]): readonly string[] {
  const primary = new Map(accounts.map((account) => [account.gid, account.name]));
  const further = [...new Set(accounts.flatMap((account) => account.groups))].toSorted();
  return [
    ...[...primary].map(([gid, name]) => `${name}:x:${String(gid)}:`),
    ...further.map((name, index) => {
      const members = accounts.filter((account) => account.groups.includes(name));
      const names = members.map((account) => account.name).join(',');
      return `${name}:x:${String(firstGroupId + index)}:${names}`;
    }),
  ];
}

function withLines(text: string, lines: readonly string[]): string {
  const base = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return base + lines.map((line) => `${line}\n`).join('');
}

/** Never rewrites: the file may be mounted in running processes. */
function writeOnce(path: string, text: string): void {
  if (existsSync(path)) return;
  const temporary = `${path}.${String(process.pid)}`;
  writeFileSync(temporary, text, { mode: 0o644 });
  renameSync(temporary, path);
}

function makeHome(homeDirectory: string, account: Account): void {
  const home = join(homeDirectory, basename(account.home));
  if (existsSync(home)) return;
  // Appears complete: another process may be making the same home.
  const temporary = join(homeDirectory, `.${basename(home)}.${String(process.pid)}`);
  mkdirSync(temporary);
  chownSync(temporary, account.uid, account.gid);
  chmodSync(temporary, 0o750);
  renameSync(temporary, home);
}

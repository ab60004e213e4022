import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { slugOf, usernameSchema } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';

/** An account that no machine has, for tests. */
export function inventedAccount(name: string, uid: number): HostAccount {
  const username = usernameSchema.parse(name);
  const groupIds = [uid, 60_001];
  return { name: username, slug: slugOf(username), uid, gid: uid, groupIds, home: '/nonexistent' };
}

/** A tree with the homes of two people, and what one of them may read beside them. */
export interface Tree extends Disposable {
  readonly folder: string;
  readonly alice: HostAccount;
  readonly bob: HostAccount;
  /** 0700, with `work` and `work/file` (`mine`). */
  readonly home: string;
  /** Bob's, 0700, with `file` (`his`). */
  readonly bobsHome: string;
  /** Root's, readable by all, with `file` (`shared`) and `work/file` (`shared`). */
  readonly shared: string;
  /** Makes a folder or, with text, a file of the account's. */
  make(account: HostAccount, path: string, text?: string, mode?: number): string;
}

/** Makes the tree in the folder for temporary files (root only). */
export function createTree(): Tree {
  const folder = mkdtempSync(`${tmpdir()}/ds01-as-user-`);
  chmodSync(folder, 0o755);
  const [alice, bob] = [inventedAccount('alice', 54_321), inventedAccount('bob', 54_322)];
  const make = (account: HostAccount, path: string, text?: string, mode = 0o700): string => {
    if (text === undefined) mkdirSync(path);
    else writeFileSync(path, text);
    chownSync(path, account.uid, account.gid);
    chmodSync(path, mode);
    return path;
  };
  const [home, bobsHome, shared] = [`${folder}/alice`, `${folder}/bob`, `${folder}/shared`];
  make(alice, home);
  make(alice, `${home}/work`);
  make(alice, `${home}/work/file`, 'mine', 0o600);
  make(bob, bobsHome);
  make(bob, `${bobsHome}/file`, 'his', 0o600);
  for (const path of [shared, `${shared}/work`]) {
    mkdirSync(path, { mode: 0o755 });
    writeFileSync(`${path}/file`, 'shared', { mode: 0o644 });
  }
  return {
    folder,
    alice,
    bob,
    home,
    bobsHome,
    shared,
    make,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Whether this process may become others and mount; must be so in CI. */
export function isRoot(): boolean {
  const root = process.getuid?.() === 0;
  if (!root && process.env['CI'] === 'true') throw new Error('CI must run these tests as root');
  if (!root) process.stderr.write('skipped: only root can act for others\n');
  return root;
}

/** Runs a system program that must succeed. */
export function system(command: string, ...parameters: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')}: ${stderr}`);
  return stdout;
}

import { homedir } from 'node:os';
import { ds01Error } from '@ds01/contracts/core';
import type { HostAccount } from '@ds01/ports';
import type { CommandContext } from '../context.ts';

/** Whose files a command reads and writes: the person for whom it acts. */
export interface Person {
  readonly home: string;
  /** `null` when it is this process's own account; else root acts for it, and has to become it. */
  readonly account: HostAccount | null;
}

/**
 * The person for whom a command acts: with root's `--user` or under sudo that person, else whoever
 * runs this process. Fails with `user.unknown`.
 */
export async function personOf({
  runtime,
  signal,
}: Pick<CommandContext, 'runtime' | 'signal'>): Promise<Person> {
  const own: Person = { home: homedir(), account: null };
  if (process.getuid?.() !== 0) return own;
  const { uid, user } = await runtime.api.call('users.me', {}, { signal });
  if (uid === 0) return own;
  const { createHostAccounts } = await import('@ds01/linux-host');
  const account = await createHostAccounts().byName(user);
  if (account?.uid === uid) return { home: account.home, account };
  throw ds01Error('user.unknown', {
    message: `There is no account ${JSON.stringify(user)} on this host.`,
    hint: 'getent passwd',
    details: { user },
  });
}

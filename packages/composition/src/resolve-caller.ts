import { ds01Error } from '@ds01/contracts/core';
import type { HostAccount, HostAccounts } from '@ds01/ports';
import type { Environment } from './environment.ts';

/**
 * The account that a command acts for: `--user` (root only), else SUDO_USER, else the caller.
 * Fails with `user.unknown`, `access.denied`.
 */
export async function resolveCaller(parts: {
  readonly environment: Environment;
  readonly accounts: HostAccounts;
  readonly actFor: string | null;
  readonly say: (line: string) => void;
}): Promise<HostAccount> {
  const { environment, accounts, actFor, say } = parts;
  if (actFor !== null) {
    const account = await accounts.byName(actFor);
    if (account === null) throw unknownUser(actFor);
    if (environment.uid !== 0 && account.uid !== environment.uid) {
      throw ds01Error('access.denied', {
        message: `Only root may act for another user.`,
        hint: `sudo ds01 --user ${actFor} container list`,
      });
    }
    return account;
  }
  if (environment.uid === 0 && environment.sudoUser !== null && environment.sudoUser !== 'root') {
    const account = await accounts.byName(environment.sudoUser);
    if (account === null) throw unknownUser(environment.sudoUser);
    say(`acting for ${account.name}, who called sudo`);
    return account;
  }
  const account = await accounts.byUid(environment.uid);
  if (account === null) throw unknownUser(`uid ${environment.uid}`);
  return account;
}

function unknownUser(name: string) {
  return ds01Error('user.unknown', {
    message: `There is no account ${JSON.stringify(name)} on this host.`,
    hint: 'getent passwd',
    details: { user: name },
  });
}

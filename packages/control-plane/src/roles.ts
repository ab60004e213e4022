import type { Role } from '@ds01/contracts';
import type { HostAccount, HostAccounts } from '@ds01/ports';
import type { CurrentPolicy } from './policy.ts';

/**
 * What an account may do: administrators are uid 0, `access_control.admin_users` and the members of
 * the Unix group `access_control.admin_group`; everybody else is a user.
 */
export async function roleOf(
  deps: { readonly accounts: Pick<HostAccounts, 'groupIds'> },
  policy: Pick<CurrentPolicy, 'accessControl'>,
  account: HostAccount,
): Promise<Role> {
  const { adminUsers, adminGroup } = policy.accessControl;
  if (account.uid === 0 || adminUsers.includes(account.name)) return 'admin';
  if (adminGroup === null) return 'user';
  const id = (await deps.accounts.groupIds([adminGroup])).get(adminGroup);
  return id !== undefined && account.groupIds.includes(id) ? 'admin' : 'user';
}

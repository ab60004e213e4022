import { slugOf, usernameSchema } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import type { Caller } from '../caller.ts';

/** An account with a home folder. */
function account(name: string, uid: number): HostAccount {
  const user = usernameSchema.parse(name);
  return { name: user, slug: slugOf(user), uid, gid: uid, groupIds: [uid], home: `/home/${name}` };
}

/** Somebody at the command line. */
function callerOf(owner: HostAccount): Caller {
  return { owner, interface: 'atomic', role: 'user' };
}

export const alice = callerOf(account('alice', 2001));
export const bob = callerOf(account('bob', 2002));
export const carol = callerOf(account('carol', 2003));
/** Staff: an administrator with an account of her own. */
export const dana: Caller = { ...callerOf(account('dana', 2004)), role: 'admin' };

/** Accounts of all of them. */
export const everybody: readonly HostAccount[] = [alice, bob, carol, dana].map(
  ({ owner }) => owner,
);

import { ds01Error, usernameSchema } from '@ds01/contracts';
import { actorOf } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { revokeToken, rotateToken } from '../tokens/change-token.ts';
import { createToken } from '../tokens/create-token.ts';
import { listTokens } from '../tokens/list-tokens.ts';
import type { Calls, Person } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of these operations. */
export type TokenCallId =
  | 'tokens.list'
  | 'tokens.create'
  | 'tokens.revoke'
  | 'tokens.rotate'
  | 'admin.tokens'
  | 'admin.tokens.create'
  | 'admin.tokens.revoke'
  | 'admin.tokens.rotate';

/** Operations on tokens, one's own and, for administrators, everybody's. */
export function tokenCalls(host: OperationsHost): Calls<TokenCallId> {
  const own = (person: Person) => ({ by: actorOf(person), owner: person.owner });
  const anybodys = (person: Person) => ({ by: actorOf(person), owner: null });
  return {
    'tokens.list': async (person, input) =>
      listTokens({ deps: await host.dependencies(), ...own(person) }, { ...input, user: null }),
    'tokens.create': async (person, input, options) => {
      const deps = await host.dependencies();
      return createToken(
        { deps, ...own(person), byAdmin: person.role === 'admin', options },
        input,
      );
    },
    'tokens.revoke': async (person, input, options) =>
      revokeToken({ deps: await host.dependencies(), ...own(person), options }, input),
    'tokens.rotate': async (person, input, options) =>
      rotateToken({ deps: await host.dependencies(), ...own(person), options }, input),
    'admin.tokens': async (person, input) =>
      listTokens({ deps: await host.dependencies(), ...anybodys(person) }, input),
    'admin.tokens.create': async (person, { user, ...input }, options) => {
      const deps = await host.dependencies();
      const owner = await accountOf(deps, user);
      return createToken({ deps, by: actorOf(person), owner, byAdmin: true, options }, input);
    },
    'admin.tokens.revoke': async (person, input, options) =>
      revokeToken({ deps: await host.dependencies(), ...anybodys(person), options }, input),
    'admin.tokens.rotate': async (person, input, options) =>
      rotateToken({ deps: await host.dependencies(), ...anybodys(person), options }, input),
  };
}

async function accountOf({ accounts }: Pick<ControlPlaneDependencies, 'accounts'>, user: string) {
  const name = usernameSchema.safeParse(user);
  const account = name.success ? await accounts.byName(name.data) : null;
  if (account !== null) return account;
  throw ds01Error('user.unknown', {
    message: `There is no account ${JSON.stringify(user)} on this host.`,
    hint: 'getent passwd',
    details: { user },
  });
}

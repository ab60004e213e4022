import { routes, type RouteId } from '@ds01/contracts';
import { operationIdSchema } from '@ds01/contracts/service';
import { requestOf, sendAs, type SentRequest } from './callers.ts';
import { caseOf } from './route-cases.ts';
import { absentRoutes, containerRoutes, imageRoutes } from './route-groups.ts';
import type { DaemonSandbox } from './use-sandbox.ts';

/** Something of somebody's, and what nobody has, by names of one kind. */
export interface Thing {
  readonly hers: string;
  readonly nobodys: string;
}

/** Routes about somebody's thing that a token reaches, but for what waits: nothing can here. */
export const ownedRoutes: readonly RouteId[] = [
  ...containerRoutes,
  ...imageRoutes,
  ...absentRoutes,
].filter((id) => {
  const { role, object } = routes[id];
  return role === 'user' && object !== 'queue-entry' && !('socketOnly' in routes[id]);
});

/** Makes a container, an image and an operation of Alice's; gives names of what is about each kind. */
export async function thingsOfAlice(
  sandbox: DaemonSandbox,
  tokenId: string,
): Promise<Readonly<Partial<Record<string, Thing>>>> {
  const name = 'of-alice';
  const commit = requestOf('containers.commit', caseOf('containers.commit').input(name));
  const [deployed, committed] = await sendAs(sandbox, 'alice', [
    requestOf('containers.deploy', caseOf('containers.deploy').input(name)),
    { ...commit, headers: { ...commit.headers, 'idempotency-key': 'of-alice' } },
  ]);
  if (deployed?.status !== 200) throw new Error(deployed?.body ?? 'no answer');
  const operation = String(committed?.headers['location']).split('/').at(-1);
  const named = { hers: name, nobodys: 'no-such-thing' };
  return {
    container: named,
    image: named,
    operation: { hers: operationIdSchema.parse(operation), nobodys: `o${'0'.repeat(20)}` },
    token: { hers: tokenId, nobodys: `t${'0'.repeat(20)}` },
  };
}

/** A request of a route about a thing of this name. */
export function requestAbout(id: RouteId, name: string, token: string): SentRequest {
  const given = caseOf(id).input(name);
  const isNamed = Object.values(given).includes(name);
  return requestOf(id, isNamed ? given : { ...given, id: name }, { token });
}

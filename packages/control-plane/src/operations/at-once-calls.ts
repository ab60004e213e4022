import type { CallId, CheckedRouteInput, RouteId, RouteOutput } from '@ds01/contracts';
import { workspacesRoot } from '../deploy/folders.ts';
import { loadCurrentPolicy } from '../policy.ts';
import type { Person } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of operations that wait for nothing: neither for the engine nor for the ledger. */
const atOnceIds = ['daemon.health', 'version', 'users.me'] as const satisfies readonly CallId[];

/** Id of an operation that waits for nothing. */
export type AtOnceId = (typeof atOnceIds)[number];

const known: ReadonlySet<string> = new Set(atOnceIds);

/** Whether an operation waits for nothing. */
export function answersAtOnce(id: RouteId): id is AtOnceId {
  return known.has(id);
}

/** What runs the operations that wait for nothing. */
export type AtOnceCalls = {
  readonly [Id in AtOnceId]: (person: Person, input: CheckedRouteInput<Id>) => RouteOutput<Id>;
};

/** Operations that wait for nothing. */
export function atOnceCalls(host: OperationsHost): AtOnceCalls {
  return {
    'daemon.health': () => ({ alive: true }),
    version: () => host.version(),
    'users.me': ({ owner, role }) => {
      const policy = loadCurrentPolicy(host, { dryRun: true });
      return {
        user: owner.name,
        slug: owner.slug,
        uid: owner.uid,
        group: policy.forUser(owner.name).group,
        role,
        gid: owner.gid,
        groupIds: [...owner.groupIds],
        home: owner.home,
        workspaces: workspacesRoot(owner, policy),
        maxContextBytes: policy.settings.builds.max_context_mb * 1024 ** 2,
      };
    },
  };
}

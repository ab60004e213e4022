import { adminOverview } from '../overview/overview.ts';
import { adminWorkloads } from '../workloads/admin-workloads.ts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of what administrators see of everything. */
export type OverviewCallId = 'admin.overview' | 'admin.workloads';

/** What administrators see of everything. */
export function overviewCalls(host: OperationsHost): Calls<OverviewCallId> {
  return {
    'admin.overview': async (person, _, options) => {
      const caller = { ...person, interface: 'atomic' } as const;
      return adminOverview(
        await host.dependencies(),
        { caller, lifecycle: host.lifecycle },
        options,
      );
    },
    'admin.workloads': async (_, __, options) => adminWorkloads(await host.dependencies(), options),
  };
}

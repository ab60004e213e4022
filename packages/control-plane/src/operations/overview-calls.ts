import { ds01Error } from '@ds01/contracts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of what administrators see of everything. */
export type OverviewCallId = 'admin.overview' | 'admin.workloads';

/** What administrators see of everything. */
export function overviewCalls(_host: OperationsHost): Calls<OverviewCallId> {
  const later = async () => {
    throw ds01Error('usage.not-yet', { message: 'This comes within the hour.' });
  };
  return {
    'admin.overview': later,
    'admin.workloads': later,
  };
}

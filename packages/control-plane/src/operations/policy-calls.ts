import { ds01Error } from '@ds01/contracts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of operations of administrators on the configuration files. */
export type PolicyCallId =
  | 'admin.limits.diff'
  | 'admin.limits.set'
  | 'admin.exemptions'
  | 'admin.exemptions.add'
  | 'admin.exemptions.remove'
  | 'admin.groups'
  | 'admin.groups.put'
  | 'admin.groups.sync';

/** Operations of administrators on the configuration files. */
export function policyCalls(_host: OperationsHost): Calls<PolicyCallId> {
  const later = async () => {
    throw ds01Error('usage.not-yet', { message: 'This comes within the hour.' });
  };
  return {
    'admin.limits.diff': later,
    'admin.limits.set': later,
    'admin.exemptions': later,
    'admin.exemptions.add': later,
    'admin.exemptions.remove': later,
    'admin.groups': later,
    'admin.groups.put': later,
    'admin.groups.sync': later,
  };
}

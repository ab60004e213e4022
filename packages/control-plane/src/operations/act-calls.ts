import { ds01Error } from '@ds01/contracts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of operations of administrators on anybody's containers and leases. */
export type ActCallId =
  | 'admin.containers.stop'
  | 'admin.containers.remove'
  | 'admin.containers.protect'
  | 'admin.containers.adopt'
  | 'admin.leases.release'
  | 'admin.emergency-stop'
  | 'admin.users.offboard';

/** Operations of administrators on anybody's containers and leases. */
export function actCalls(_host: OperationsHost): Calls<ActCallId> {
  const later = async () => {
    throw ds01Error('usage.not-yet', { message: 'This comes within the hour.' });
  };
  return {
    'admin.containers.stop': later,
    'admin.containers.remove': later,
    'admin.containers.protect': later,
    'admin.containers.adopt': later,
    'admin.leases.release': later,
    'admin.emergency-stop': later,
    'admin.users.offboard': later,
  };
}

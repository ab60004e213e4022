import { ds01Error } from '@ds01/contracts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of operations on the life of containers. */
export type LifecycleCallId =
  | 'containers.explain'
  | 'containers.keep'
  | 'containers.extend'
  | 'admin.users.extend'
  | 'admin.extensions'
  | 'admin.lifecycle.plan'
  | 'admin.lifecycle.run'
  | 'admin.lifecycle.pause'
  | 'admin.lifecycle.status';

/** Operations on the life of containers. */
export function lifecycleCalls(_host: OperationsHost): Calls<LifecycleCallId> {
  const later = async () => {
    throw ds01Error('usage.not-yet', { message: 'This comes within the hour.' });
  };
  return {
    'containers.explain': later,
    'containers.keep': later,
    'containers.extend': later,
    'admin.users.extend': later,
    'admin.extensions': later,
    'admin.lifecycle.plan': later,
    'admin.lifecycle.run': later,
    'admin.lifecycle.pause': later,
    'admin.lifecycle.status': later,
  };
}

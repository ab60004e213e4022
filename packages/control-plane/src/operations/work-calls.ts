import { ds01Error } from '@ds01/contracts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of these operations. */
export type WorkCallId =
  | 'operations.list'
  | 'operations.show'
  | 'operations.cancel'
  | 'leases.list';

/** Not there yet. */
export function workCalls(_host: OperationsHost): Calls<WorkCallId> {
  const later = async (): Promise<never> => {
    throw ds01Error('usage.not-yet', { message: 'This comes with the next commits.' });
  };
  return {
    'operations.list': later,
    'operations.show': later,
    'operations.cancel': later,
    'leases.list': later,
  };
}

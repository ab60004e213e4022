import { ds01Error } from '@ds01/contracts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of these operations. */
export type QueueCallId =
  | 'queue.list'
  | 'queue.show'
  | 'queue.leave'
  | 'admin.queue'
  | 'admin.queue.move'
  | 'admin.queue.priority'
  | 'admin.queue.hold'
  | 'admin.queue.drain'
  | 'admin.queue.remove'
  | 'admin.simulate';

/** Not there yet. */
export function queueCalls(_host: OperationsHost): Calls<QueueCallId> {
  const later = async (): Promise<never> => {
    throw ds01Error('usage.not-yet', { message: 'This comes with the next commits.' });
  };
  return {
    'queue.list': later,
    'queue.show': later,
    'queue.leave': later,
    'admin.queue': later,
    'admin.queue.move': later,
    'admin.queue.priority': later,
    'admin.queue.hold': later,
    'admin.queue.drain': later,
    'admin.queue.remove': later,
    'admin.simulate': later,
  };
}

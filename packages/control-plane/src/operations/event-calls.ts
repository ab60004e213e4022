import { ds01Error } from '@ds01/contracts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of operations on what happened. */
export type EventCallId = 'events.list' | 'events.summary';

/** Operations on what happened. */
export function eventCalls(_host: OperationsHost): Calls<EventCallId> {
  const later = async () => {
    throw ds01Error('usage.not-yet', { message: 'This comes within the hour.' });
  };
  return {
    'events.list': later,
    'events.summary': later,
  };
}

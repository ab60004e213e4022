import { ds01Error } from '@ds01/contracts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of operations on who is told. */
export type NotificationCallId = 'notifications.show' | 'notifications.set' | 'admin.notify';

/** Operations on who is told. */
export function notificationCalls(_host: OperationsHost): Calls<NotificationCallId> {
  const later = async () => {
    throw ds01Error('usage.not-yet', { message: 'This comes within the hour.' });
  };
  return {
    'notifications.show': later,
    'notifications.set': later,
    'admin.notify': later,
  };
}

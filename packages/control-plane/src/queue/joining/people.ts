import type { Username } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import { leaveIn } from './leave.ts';

/** Whose requests, who says so, and when. */
interface OfPerson {
  readonly user: Username;
  readonly by: string;
  readonly nowMs: number;
}

/** Takes all requests of a person out of the queue, and forgets what they used; how many. */
export function forgetPerson(transaction: StoreTransaction, { user, by, nowMs }: OfPerson): number {
  const own = transaction.queue.live().filter((entry) => entry.user === user);
  for (const entry of own) leaveIn(transaction, { entry, by, nowMs });
  transaction.usage.remove(user);
  return own.length;
}

/** Whether somebody waits for a container of this name of the engine. */
export function isAwaited({ queue }: Pick<StoreTransaction, 'queue'>, dockerName: string): boolean {
  return queue.live().some((entry) => entry.dockerName === dockerName);
}

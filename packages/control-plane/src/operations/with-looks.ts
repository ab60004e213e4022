import { routes, type CallId } from '@ds01/contracts';
import type { UseCaseOptions } from '../caller.ts';
import type { SharedLooks } from '../reconcile/shared-looks.ts';

/** Beginnings of ids of what changes neither containers nor leases. */
const elsewhere = [
  'tokens.',
  'admin.tokens.',
  'notifications.',
  'admin.notify',
  'requests.',
  'admin.groups.',
] as const;

/**
 * Runs a call among others that read: one that only reads shares what they see, and after one that
 * changes containers or leases nothing counts that was seen before.
 */
export function withLooks<T>(
  looks: SharedLooks | undefined,
  asked: { readonly id: CallId; readonly options: UseCaseOptions },
  work: (options: UseCaseOptions) => Promise<T>,
): Promise<T> {
  const { id, options } = asked;
  if (looks === undefined) return work(options);
  if (!routes[id].mutates) return work({ ...options, looks });
  if (options.dryRun === true || elsewhere.some((prefix) => id.startsWith(prefix))) {
    return work(options);
  }
  return looks.changing(() => work({ ...options, list: looks.list }));
}

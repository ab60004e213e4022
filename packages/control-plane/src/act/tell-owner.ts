import { subjectOf } from '../lifecycle/acting/telling.ts';
import { actNotice } from '../notifications/admin-texts.ts';
import { queueNotice } from '../notifications/queue.ts';
import type { CurrentPolicy } from '../policy.ts';
import type { ObservedContainer } from '../reconcile/types.ts';
import type { Acting } from './acting.ts';

/** Tells a person what an administrator did to their container; those who do it to their own know. */
export function tellOwner(
  { by, deps }: Pick<Acting, 'by' | 'deps'>,
  { container, policy }: { readonly container: ObservedContainer; readonly policy: CurrentPolicy },
  act: {
    readonly did: 'stopped' | 'removed';
    readonly reason: string | null;
    readonly emergency?: boolean;
  },
): void {
  const nowMs = deps.clock.nowMs();
  const subject = subjectOf(container, nowMs);
  if (subject === null || subject.user === by) return;
  const notice = actNotice(subject, { emergency: false, ...act, by });
  deps.store.transaction((transaction) => queueNotice(transaction, { policy, nowMs }, notice));
}

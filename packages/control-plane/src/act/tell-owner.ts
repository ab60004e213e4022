import type { Notice } from '../notifications/notice.ts';
import { queueNotice } from '../notifications/queue.ts';
import type { CurrentPolicy } from '../policy.ts';
import type { ObservedContainer } from '../reconcile/types.ts';
import type { Acting } from './acting.ts';

/** News of a day ago are still news; older ones would only startle. */
const staleAfterMs = 24 * 3_600_000;

/** What an administrator did to a person's container, in words for that person; `null` for nobody's. */
export function noticeOf(
  { by, deps }: Pick<Acting, 'by' | 'deps'>,
  { record }: Pick<ObservedContainer, 'record'>,
  { did, reason }: { readonly did: 'stopped' | 'removed'; readonly reason: string | null },
): Notice | null {
  const { user, uid, name, dockerName, managed, workspace } = record;
  if (user === null || by === user) return null;
  const operand = managed ? name : dockerName;
  const again =
    did === 'stopped' && managed
      ? [`Start it again: ds01 container start ${operand}`]
      : ['Files in its workspace are still there.'];
  return {
    user,
    uid,
    severity: 'stopped',
    title: `${operand} was ${did} by an administrator`,
    lines: [`${by} ${did} it.`, ...(reason === null ? [] : [`Reason: ${reason}`]), ...again],
    container: dockerName,
    workspace,
    staleAtMs: deps.clock.nowMs() + staleAfterMs,
  };
}

/** Tells a person what an administrator did to their container; those who do it to their own know. */
export function tellOwner(
  acting: Pick<Acting, 'by' | 'deps'>,
  { container, policy }: { readonly container: ObservedContainer; readonly policy: CurrentPolicy },
  act: { readonly did: 'stopped' | 'removed'; readonly reason: string | null },
): void {
  const { deps } = acting;
  const notice = noticeOf(acting, container, act);
  if (notice === null) return;
  const context = { policy, nowMs: deps.clock.nowMs() };
  deps.store.transaction((transaction) => queueNotice(transaction, context, notice));
}

import { lifecyclePolicyOf, type LifecycleAction } from '@ds01/lifecycle';
import type { StoreTransaction } from '@ds01/ports';
import { operandOf } from '../../lookup.ts';
import { queueNotice } from '../../notifications/queue.ts';
import type { NoticeSubject } from '../../notifications/subject.ts';
import { lifecycleNotice, type LifecycleFacts } from '../../notifications/texts.ts';
import type { ObservedContainer } from '../../reconcile/types.ts';
import type { CurrentPolicy } from '../../policy.ts';
import type { Assessed } from '../looking/assess.ts';
import { policyOfOwner } from '../looking/rule-policy.ts';
import { wallOf, type SteadyNow } from '../looking/steady-clock.ts';

/** Whom a notice about a container is for; `null` when nobody is known to own it. */
export function subjectOf(
  { record }: Pick<ObservedContainer, 'record'>,
  wallMs: number,
): NoticeSubject | null {
  const { user, uid, dockerName, workspace, managed } = record;
  if (user === null) return null;
  return { user, uid, name: operandOf(record), dockerName, workspace, managed, nowMs: wallMs };
}

/** Puts the notice of an action into the outbox, if there is somebody to be told and something to say. */
export function tellAction(
  transaction: Pick<StoreTransaction, 'outbox' | 'meta'>,
  of: { readonly policy: CurrentPolicy; readonly now: SteadyNow; readonly assessed: Assessed },
  {
    action,
    kept = null,
  }: { readonly action: LifecycleAction; readonly kept?: LifecycleFacts['kept'] },
): void {
  const { policy, now, assessed } = of;
  const { container } = assessed.subject;
  const subject = subjectOf(container, now.wallMs);
  if (subject === null) return;
  const { resolved } = policyOfOwner(policy, container.record);
  const { idleTimeoutMs, maxRuntimeMs, gpuHoldMs, containerHoldMs } = assessed.limits;
  const { keepAliveMaxMs } = lifecyclePolicyOf(resolved, policy.settings);
  const facts: LifecycleFacts = {
    ...subject,
    wallOf: (moment) => wallOf(now, moment),
    idleTimeoutMs,
    maxRuntimeMs,
    gpuHoldMs,
    containerHoldMs,
    keepAliveMaxMs,
    image: container.record.managed ? container.record.image : null,
    kept,
  };
  const notice = lifecycleNotice(action, facts);
  if (notice !== null) queueNotice(transaction, { policy, nowMs: now.wallMs }, notice);
}

import type { RuleLimit } from '@ds01/contracts/lifecycle';
import type { LifecycleAction } from '@ds01/lifecycle';
import type { StoreTransaction } from '@ds01/ports';
import { aboutContainer } from '../../events/container-events.ts';
import { appendEvent } from '../../events/record-event.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { instantOf } from '../../present.ts';
import type { Assessed } from '../looking/assess.ts';
import { wallOf, type SteadyNow } from '../looking/steady-clock.ts';
import { tellAction } from './telling.ts';

/** Actions that are done by telling of them. */
export type Telling = Extract<LifecycleAction, { kind: 'warn' | 'notice' | 'resumed' }>;

/** Whether an action is done by telling of it. */
export function isTelling(action: LifecycleAction): action is Telling {
  return action.kind === 'warn' || action.kind === 'notice' || action.kind === 'resumed';
}

/** Writes down a warning, a notice or their end, and queues what people are told. */
export function tell(
  transaction: StoreTransaction,
  of: { readonly policy: CurrentPolicy; readonly now: SteadyNow; readonly assessed: Assessed },
  action: Telling,
): void {
  const { now, assessed } = of;
  const about = aboutContainer(assessed.subject.container.record);
  const { wallMs } = now;
  if (action.kind === 'resumed') {
    const details = { signal: action.signal ?? 'rule' };
    appendEvent(transaction, { type: 'lifecycle.activity-resumed', ...about, details }, wallMs);
  } else if (action.kind === 'notice') {
    const { rule, exemption } = action;
    const event = { type: 'lifecycle.exempt-noticed' as const, ...about };
    appendEvent(transaction, { ...event, details: { rule, exemption } }, wallMs);
  } else {
    const type = action.rule === 'idle' ? 'lifecycle.idle-warned' : 'lifecycle.runtime-warned';
    const details = {
      step: action.step,
      stopsAt: instantOf(wallOf(now, action.stopsAtMs)),
      limit: limitText(assessed.limits.origins[action.rule]),
      highDemand: action.highDemand,
    };
    appendEvent(transaction, { type, ...about, details }, wallMs);
  }
  tellAction(transaction, of, { action });
}

/** A limit and where it was written: `idle_timeout_h = 1, resource-limits.yaml line 12`. */
export function limitText({ key, value, layer, file, line }: RuleLimit): string {
  const name = file?.slice(file.lastIndexOf('/') + 1);
  const place = name === undefined ? layer : `${name} line ${String(line ?? 1)}`;
  return `${key} = ${value === null ? 'null' : String(value)}, ${place}`;
}

import { formatDuration } from '@ds01/contracts/core';
import type { ExplainOutput, RuleView } from '@ds01/contracts/lifecycle';
import type { CommandContext } from '../context.ts';
import { timeLeft } from './time-left.ts';

/** How a container ends by itself. */
export interface Ending {
  readonly state: ExplainOutput['container']['state'];
  /** What follows `it is`: `stopped in 1h unless it is used, and in 23h at the latest`; `null`: never. */
  readonly text: string | null;
}

/**
 * Asks when a container ends by itself; `null` when that can't be found out. Never fails. Without a
 * daemon nothing does.
 */
export async function askEnding(
  { runtime }: Pick<CommandContext, 'runtime'>,
  name: string,
): Promise<Ending | null> {
  try {
    const explained = await runtime.api.call('containers.explain', { name });
    const text = runtime.mode === 'embedded' ? null : endingText(explained, Date.now());
    return { state: explained.container.state, text };
  } catch {
    // What was done is done, and told; this would only have been a remark.
    return null;
  }
}

/** When a container ends by itself, as a person who leaves it wants to know; `null` when it doesn't. */
export function endingText(explained: ExplainOutput, nowMs: number): string | null {
  const { rules, exemption } = explained;
  if (exemption !== null) return null;
  const find = (rule: RuleView['rule']): RuleView | undefined =>
    rules.find((one) => one.rule === rule && one.applies);
  const idle = find('idle');
  const runtime = find('max-runtime')?.actsAt ?? null;
  const unstarted = find('never-started')?.actsAt ?? null;
  if (unstarted !== null) return `removed ${timeLeft(unstarted, nowMs)} unless it is started`;
  const ends = [
    ...(idle === undefined ? [] : idleEnd(idle, explained.highDemand, nowMs)),
    ...(runtime === null ? [] : [`${timeLeft(runtime, nowMs)} at the latest`]),
  ];
  return ends.length === 0 ? null : `stopped ${ends.join(', and ')}`;
}

function idleEnd(
  { actsAt, limit }: RuleView,
  highDemand: boolean,
  nowMs: number,
): readonly string[] {
  if (actsAt !== null) return [`${timeLeft(actsAt, nowMs)} unless it is used`];
  const hours = limit?.value ?? null;
  if (hours === null) return [];
  const sooner = highDemand ? ' (sooner while many want GPUs)' : '';
  return [`after ${formatDuration(hours * 3_600_000)} without activity${sooner}`];
}

import { placeText, queueRemarks } from '@ds01/command-line/queue';
import type { RouteOutput } from '@ds01/contracts';
import { formatDuration } from '@ds01/contracts/core';
import type { QueueEntryView } from '@ds01/contracts/service';
import type { CommandContext } from '../context.ts';

type QueueList = RouteOutput<'queue.list'>;

/** The queue for a remark beside something else: `null` where there is none, or it can't be had. */
export async function queueBeside(
  { runtime, output, signal }: Pick<CommandContext, 'runtime' | 'output' | 'signal'>,
  wanted: { readonly mine: boolean },
): Promise<QueueList | null> {
  if (runtime.mode !== 'daemon' || output.json) return null;
  return runtime.api.call('queue.list', wanted, { signal }).catch(() => null);
}

/** A line for each request of one's own. */
export function ownWaiting(list: QueueList | null, nowMs: number): readonly string[] {
  return (list?.entries ?? [])
    .filter(({ own }) => own)
    .map((entry) =>
      entry.state === 'granted' ? grantedText(entry, nowMs) : waitingText(entry, nowMs),
    );
}

/** `thesis waits for 1 GPU: place 2 of 5, within about 35m (by 23:40)`. */
export function waitingText(entry: QueueEntryView, nowMs: number): string {
  return `${nameOf(entry)} waits for ${entry.asksFor}: ${placeText(entry, nowMs)}`;
}

/** `your turn: GPU 0 is kept for thesis for 1m 30s: ds01 container deploy thesis --wait`. */
export function grantedText(entry: QueueEntryView, nowMs: number): string {
  const { slots, claimUntil, container } = entry;
  const gpus = slots.length === 0 ? 'a GPU' : `GPU ${slots.join(', ')}`;
  const left = claimUntil === null ? 0 : Date.parse(claimUntil) - nowMs;
  const time = left <= 0 ? '' : ` for ${formatDuration(left)}`;
  const next =
    container === null
      ? 'give the same command again'
      : `${commandOf(entry)}, with the options it had`;
  return `your turn: ${gpus} is kept for ${nameOf(entry)}${time}: ${next}`;
}

/** What claims a turn, `ds01 container create thesis --wait`. */
export function commandOf({ verb, container }: QueueEntryView): string {
  return `ds01 container ${verb} ${container ?? 'NAME'} --wait`;
}

function nameOf({ container, id }: QueueEntryView): string {
  return container ?? id;
}

/** What somebody who looks for a free GPU should know of those that wait. */
export function queueHints(
  list: QueueList | null,
  totals: RouteOutput<'gpus.status'>['totals'],
): readonly string[] {
  if (list === null) return [];
  const waiting = list.entries.filter(({ state }) => state === 'waiting').length;
  const remarks = queueRemarks(list);
  if (waiting > 0) {
    const count = waiting === 1 ? '1 request waits' : `${waiting} requests wait`;
    return [`${count} for GPUs: ds01 queue list`, ...remarks];
  }
  if (totals.free > 0 || totals.gpuEquivalents === 0) return remarks;
  return ['nothing is free now; to wait: ds01 container deploy NAME --wait', ...remarks];
}

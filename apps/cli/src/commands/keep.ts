import { localTime, switchFlag } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import { ds01Error, formatDuration } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { askSpan } from '../lifecycle/ask-span.ts';
import { timeLeft } from '../lifecycle/time-left.ts';
import { withContainer } from '../wizard/choose-container.ts';

const example = 'ds01 container keep thesis --for 6h';

/** `ds01 container keep`: postpones the idle stop, or with `--off` no longer. */
export async function run(given: CommandContext): Promise<number> {
  const forMs = spanOf(given);
  const { operands, output, runtime, flags, signal } = await withContainer(given, {
    verb: 'keep',
    applies: ({ state }) => state === 'running' || state === 'paused',
    asksLater: true,
  });
  const name = operands[0] ?? '';
  const kept = await runtime.api.call('containers.keep', { name, forMs }, { signal });
  const isDry = switchFlag(flags, 'dryRun');
  output.result(kept, () => keptText(kept, { forMs, isDry, nowMs: Date.now() }));
  return 0;
}

function spanOf({ flags }: CommandContext): number {
  const isOff = switchFlag(flags, 'off');
  const forMs = askSpan(flags, { flag: 'for', example });
  if (forMs !== null && !isOff) return forMs;
  if (forMs === null && isOff) return 0;
  throw ds01Error('usage.invalid', {
    message: isOff ? '--for and --off exclude each other.' : 'For how long? Say it with --for.',
    hint: example,
  });
}

/** What was done, for people; less than they asked for is said. */
export function keptText(
  { container, keptUntil, maxHours, note }: RouteOutput<'containers.keep'>,
  asked: { readonly forMs: number; readonly isDry: boolean; readonly nowMs: number },
): string {
  const { forMs, isDry, nowMs } = asked;
  const { name } = container;
  if (keptUntil === null) {
    return `${name}: ${note ?? `nothing ${isDry ? 'would postpone' : 'postpones'} its idle stop any more`}`;
  }
  const most = maxHours === null ? null : maxHours * 3_600_000;
  const isLess = most !== null && forMs > most;
  return [
    `${name} ${isDry ? 'would not be' : 'is not'} stopped for being idle before ${localTime(keptUntil)} (${timeLeft(keptUntil, nowMs)})`,
    ...(isLess ? [`note: ${formatDuration(most)} at once is the most that this site allows`] : []),
    ...(note === null ? [] : [`note: ${note}`]),
  ].join('\n');
}

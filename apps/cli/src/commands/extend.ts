import { localTime, switchFlag, textFlag } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import { ds01Error, formatDuration } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { askSpan } from '../lifecycle/ask-span.ts';
import { timeLeft } from '../lifecycle/time-left.ts';
import { withContainer } from '../wizard/choose-container.ts';

const example = 'ds01 container extend thesis --by 6h';

/** `ds01 container extend`: more runtime, at once or by an administrator's answer. */
export async function run(given: CommandContext): Promise<number> {
  const byMs = askSpan(given.flags, { flag: 'by', example });
  if (byMs === null) {
    throw ds01Error('usage.invalid', { message: 'By how much? Say it with --by.', hint: example });
  }
  const { operands, output, runtime, flags, signal } = await withContainer(given, {
    verb: 'extend',
    applies: ({ slots }) => slots.length > 0,
    asksLater: true,
  });
  const input = { name: operands[0] ?? '', byMs, reason: textFlag(flags, 'reason') };
  const extended = await runtime.api.call('containers.extend', input, { signal });
  const isDry = switchFlag(flags, 'dryRun');
  output.result(extended, () => extendedText(extended, { byMs, isDry, nowMs: Date.now() }));
  return 0;
}

/** What was granted or asked for, for people, and when it ends now. */
export function extendedText(
  extended: RouteOutput<'containers.extend'>,
  asked: { readonly byMs: number; readonly isDry: boolean; readonly nowMs: number },
): string {
  const { container, granted, extensionMs, requestedMs, stopsAt, note } = extended;
  const { byMs, isDry, nowMs } = asked;
  const by = formatDuration(byMs);
  const name = container.name;
  const wanted = formatDuration(requestedMs ?? byMs);
  const done = granted
    ? `${name} ${isDry ? 'would get' : 'gets'} ${by} more; ${formatDuration(extensionMs)} beyond its limit in all`
    : `${wanted} more for ${name} ${isDry ? 'would be' : 'is'} asked for`;
  const ends = granted ? 'its runtime ends' : 'until that is granted, its runtime ends';
  return [
    done,
    ...(stopsAt === null ? [] : [`${ends} ${timeLeft(stopsAt, nowMs)}, at ${localTime(stopsAt)}`]),
    ...(note === null ? [] : [`note: ${note}`]),
  ].join('\n');
}

import { switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { readMoment } from '../read-moment.ts';

/** `ds01-admin lifecycle pause`. */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const until = textFlag(flags, 'until');
  if ((until === null) !== switchFlag(flags, 'off')) {
    throw ds01Error('usage.invalid', {
      message: 'Until when? --until +2h, or --off to let the rules act again.',
      hint: 'ds01-admin lifecycle pause --until +2h',
    });
  }
  const untilMs = until === null ? null : readMoment(until, { flag: '--until', nowMs: Date.now() });
  const input = { untilMs, reason: textFlag(flags, 'reason') };
  const result = await runtime.api.call('admin.lifecycle.pause', input, { signal });
  output.result(result, () => result.message);
  return 0;
}

import { localTime, readSpan, switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error, formatDuration } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';

/** `ds01-admin user extend`. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, flags, output, runtime, signal } = context;
  const [user = '', container = ''] = operands;
  const by = textFlag(flags, 'by');
  const refuse = switchFlag(flags, 'refuse');
  if (by !== null && refuse) {
    throw ds01Error('usage.invalid', {
      message: '--by grants and --refuse refuses: one of them.',
      hint: `ds01-admin user extend ${user} ${container} --refuse`,
    });
  }
  const input = {
    user,
    container,
    byMs:
      by === null
        ? null
        : readSpan(by, {
            flag: '--by',
            example: `ds01-admin user extend ${user} ${container} --by 6h`,
          }),
    grant: !refuse,
    reason: textFlag(flags, 'reason'),
  };
  const result = await runtime.api.call('admin.users.extend', input, { signal });
  output.result(result, () => {
    const { granted, extensionMs, stopsAt, note } = result;
    const total = `${formatDuration(extensionMs)} more in all`;
    const what = granted ? `granted, ${total}` : 'not granted';
    const until = stopsAt === null ? '' : `; its runtime ends at ${localTime(stopsAt)}`;
    return `${user}/${container}: ${note ?? `${what}${until}`}`;
  });
  return 0;
}

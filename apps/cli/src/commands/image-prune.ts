import { confirm, switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error, parseDuration } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { deletedText } from '../images/deleted-text.ts';

const dayMs = 86_400_000;

/** `ds01 image prune`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const olderThanDays = daysOf(textFlag(flags, 'olderThan'));
  await confirm(context, 'Delete old builds of yours that no container uses and no tag keeps?');
  const onProgress = (line: string) => output.progress(line);
  const result = await runtime.api.call('images.prune', { olderThanDays }, { signal, onProgress });
  output.result(result, () => deletedText(result, switchFlag(flags, 'dryRun')));
  return 0;
}

function daysOf(text: string | null): number {
  if (text === null) return 0;
  const durationMs = parseDuration(text, 'd');
  if (durationMs !== undefined && durationMs <= 36_500 * dayMs) return durationMs / dayMs;
  throw ds01Error('usage.invalid', {
    message: `--older-than ${JSON.stringify(text)} is no time such as 30d or 2w.`,
    hint: 'ds01 image prune --older-than 30d',
  });
}

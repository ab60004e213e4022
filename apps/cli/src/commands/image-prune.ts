import { readSpan, confirm, switchFlag, textFlag } from '@ds01/command-line';
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
  const example = 'ds01 image prune --older-than 30d';
  const asked = { flag: '--older-than', example, leastMs: 0, mostMs: 36_500 * dayMs };
  return readSpan(text, asked) / dayMs;
}

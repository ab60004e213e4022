import { confirmTyped, switchFlag, textFlag } from '@ds01/command-line';
import { actedListText } from '../act-text.ts';
import type { CommandContext } from '../context.ts';

/** `ds01-admin emergency-stop`: exit 4 when a container could not be stopped. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, flags, output, runtime, signal } = context;
  const [whom = ''] = operands;
  const user = whom === 'all' ? null : whom;
  await confirmTyped(context, {
    question: `This stops every running container of ${user ?? 'everybody'}.`,
    word: whom,
    command: `ds01-admin emergency-stop ${whom}`,
  });
  const input = { user, force: switchFlag(flags, 'force'), reason: textFlag(flags, 'reason') };
  const onProgress = (line: string) => output.progress(line);
  const result = await runtime.api.call('admin.emergency-stop', input, { signal, onProgress });
  output.result(result, (screen) => actedListText(result.containers, screen));
  const isDone = switchFlag(flags, 'dryRun') || result.containers.every(({ done }) => done);
  return isDone ? 0 : 4;
}

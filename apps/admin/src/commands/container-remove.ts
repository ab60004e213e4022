import { confirm, switchFlag, textFlag } from '@ds01/command-line';
import { actedText } from '../act-text.ts';
import type { CommandContext } from '../context.ts';

/** `ds01-admin container remove`. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, flags, output, runtime, signal } = context;
  const [container = ''] = operands;
  const input = {
    container,
    force: switchFlag(flags, 'force'),
    reason: textFlag(flags, 'reason'),
  };
  await confirm(context, `Remove ${container}? What is not in its workspace is lost.`);
  const onProgress = (line: string) => output.progress(line);
  const result = await runtime.api.call('admin.containers.remove', input, { signal, onProgress });
  output.result(result, () => actedText(result));
  return 0;
}

import { confirm, switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import { actedText } from '../act-text.ts';
import type { CommandContext } from '../context.ts';

/** `ds01-admin container stop`. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, flags, output, runtime, signal } = context;
  const [container = ''] = operands;
  const input = {
    container,
    force: switchFlag(flags, 'force'),
    timeoutSeconds: secondsOf(textFlag(flags, 'timeout')),
    reason: textFlag(flags, 'reason'),
  };
  await confirm(context, `Stop ${container}?`);
  const onProgress = (line: string) => output.progress(line);
  const result = await runtime.api.call('admin.containers.stop', input, { signal, onProgress });
  output.result(result, () => actedText(result));
  return 0;
}

function secondsOf(given: string | null): number | null {
  if (given === null) return null;
  if (/^\d{1,5}$/.test(given)) return Number(given);
  throw ds01Error('usage.invalid', {
    message: `--timeout ${JSON.stringify(given)} is no number of seconds.`,
    hint: 'ds01-admin container stop --help',
  });
}

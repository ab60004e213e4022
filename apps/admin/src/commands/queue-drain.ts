import { switchFlag, textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { drainText } from '../queue-text.ts';

/** `ds01-admin queue drain`. */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const on = !switchFlag(flags, 'off');
  const input = { on, reason: textFlag(flags, 'reason') };
  const list = await runtime.api.call('admin.queue.drain', input, { signal });
  output.result(list, () => drainText(list, on));
  return 0;
}

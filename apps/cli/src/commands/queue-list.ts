import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { queueTable } from '../queue/queue-text.ts';

/** `ds01 queue list`. */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const input = { mine: switchFlag(flags, 'mine') };
  const list = await runtime.api.call('queue.list', input, { signal });
  output.result(list, (screen) => queueTable(list, screen, Date.now()));
  return 0;
}

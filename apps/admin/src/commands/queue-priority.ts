import { textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { afterPass } from '../after-pass.ts';
import { movedText } from '../queue-text.ts';
import { waitingRequest } from '../waiting-request.ts';

const classes = ['low', 'normal', 'high', 'urgent'] as const;

/** `ds01-admin queue priority`. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, flags, output, runtime, signal } = context;
  const [named = '', wanted = ''] = operands;
  const priority = classes.find((one) => one === wanted);
  if (priority === undefined) {
    throw ds01Error('usage.invalid', {
      message: `A priority is low, normal, high or urgent, not ${JSON.stringify(wanted)}.`,
      hint: 'ds01-admin queue priority --help',
    });
  }
  const id = await waitingRequest(context, named);
  const input = { id, priority, reason: textFlag(flags, 'reason') };
  const entry = await runtime.api.call('admin.queue.priority', input, { signal });
  const shown = await afterPass(context, entry);
  output.result(entry, () => movedText(shown, Date.now()));
  return 0;
}

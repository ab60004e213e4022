import { textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { afterPass } from '../after-pass.ts';
import { movedText } from '../queue-text.ts';
import { waitingRequest } from '../waiting-request.ts';

const places = ['first', 'last', 'by-rules'] as const;

/** `ds01-admin queue move`. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, flags, output, runtime, signal } = context;
  const [named = '', place = ''] = operands;
  const to = places.find((one) => one === place);
  if (to === undefined) {
    throw ds01Error('usage.invalid', {
      message: `A request can be moved first, last or by-rules, not ${JSON.stringify(place)}.`,
      hint: 'ds01-admin queue move --help',
    });
  }
  const id = await waitingRequest(context, named);
  const input = { id, to, reason: textFlag(flags, 'reason') };
  const entry = await runtime.api.call('admin.queue.move', input, { signal });
  const shown = await afterPass(context, entry);
  output.result(entry, () => movedText(shown, Date.now()));
  return 0;
}

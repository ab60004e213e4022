import { switchFlag, textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { holdText } from '../queue-text.ts';
import { waitingRequest } from '../waiting-request.ts';

/** `ds01-admin queue hold`. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, flags, output, runtime, signal } = context;
  const [named] = operands;
  const id = named === undefined ? null : await waitingRequest(context, named);
  const on = !switchFlag(flags, 'off');
  const input = { id, on, reason: textFlag(flags, 'reason') };
  const list = await runtime.api.call('admin.queue.hold', input, { signal });
  output.result(list, () => holdText(list, { named: named ?? null, on }));
  return 0;
}

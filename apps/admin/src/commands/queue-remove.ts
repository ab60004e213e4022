import { switchFlag, textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { removedText } from '../queue-text.ts';
import { waitingRequest } from '../waiting-request.ts';

/** `ds01-admin queue remove`. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, flags, output, runtime, signal } = context;
  const id = await waitingRequest(context, operands[0] ?? '');
  const input = { id, reason: textFlag(flags, 'reason') };
  const entry = await runtime.api.call('admin.queue.remove', input, { signal });
  output.result(entry, () => removedText(entry, switchFlag(flags, 'dryRun')));
  return 0;
}

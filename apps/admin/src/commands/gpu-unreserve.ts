import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { inDryRun } from '../policy-text.ts';

/** `ds01-admin gpu unreserve`. */
export async function run({
  operands,
  flags,
  output,
  runtime,
  signal,
}: CommandContext): Promise<number> {
  const [id = ''] = operands;
  const result = await runtime.api.call('admin.reservations.remove', { id }, { signal });
  output.result(result, () => inDryRun(result.message, switchFlag(flags, 'dryRun')));
  return 0;
}

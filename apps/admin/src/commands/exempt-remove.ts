import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { inDryRun } from '../policy-text.ts';

/** `ds01-admin exempt remove`. */
export async function run({
  operands,
  flags,
  output,
  runtime,
  signal,
}: CommandContext): Promise<number> {
  const [user = ''] = operands;
  const result = await runtime.api.call('admin.exemptions.remove', { user }, { signal });
  output.result(result, () => inDryRun(result.message, switchFlag(flags, 'dryRun')));
  return 0;
}

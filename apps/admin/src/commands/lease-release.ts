import { textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';

/** `ds01-admin lease release`. */
export async function run({
  operands,
  flags,
  output,
  runtime,
  signal,
}: CommandContext): Promise<number> {
  const [lease = ''] = operands;
  const input = { lease, reason: textFlag(flags, 'reason') };
  const result = await runtime.api.call('admin.leases.release', input, { signal });
  output.result(result, () => result.message);
  return 0;
}

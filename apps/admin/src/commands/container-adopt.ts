import { textFlag } from '@ds01/command-line';
import { actedText } from '../act-text.ts';
import type { CommandContext } from '../context.ts';

/** `ds01-admin container adopt`. */
export async function run({
  operands,
  flags,
  output,
  runtime,
  signal,
}: CommandContext): Promise<number> {
  const [container = '', user = ''] = operands;
  const input = { container, user, reason: textFlag(flags, 'reason') };
  const result = await runtime.api.call('admin.containers.adopt', input, { signal });
  output.result(result, () => actedText(result));
  return 0;
}

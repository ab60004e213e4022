import { switchFlag, textFlag } from '@ds01/command-line';
import { actedText } from '../act-text.ts';
import type { CommandContext } from '../context.ts';

/** `ds01-admin container protect`. */
export async function run({
  operands,
  flags,
  output,
  runtime,
  signal,
}: CommandContext): Promise<number> {
  const [container = ''] = operands;
  const input = { container, on: !switchFlag(flags, 'off'), reason: textFlag(flags, 'reason') };
  const result = await runtime.api.call('admin.containers.protect', input, { signal });
  output.result(result, () => actedText(result));
  return 0;
}

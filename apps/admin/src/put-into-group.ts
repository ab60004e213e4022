import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from './context.ts';
import { inDryRun } from './policy-text.ts';

/** Puts a person into a group; `move` takes them out of any other. */
export async function putIntoGroup(
  { operands, flags, output, runtime, signal }: CommandContext,
  move: boolean,
): Promise<number> {
  const [group = '', user = ''] = operands;
  const result = await runtime.api.call('admin.groups.put', { group, user, move }, { signal });
  const dryRun = switchFlag(flags, 'dryRun') && result.file !== null;
  output.result(result, () => inDryRun(result.message, dryRun));
  return 0;
}

import { switchFlag } from '@ds01/command-line';
import { readNewToken, showSecret } from '@ds01/command-line/tokens';
import type { CommandContext } from '../context.ts';

/** `ds01 token create`: the secret alone goes to stdout. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const [name = ''] = operands;
  const wanted = { name, ...readNewToken(flags, 'ds01 token create laptop') };
  const created = await runtime.api.call('tokens.create', wanted, { signal });
  showSecret(output, created, switchFlag(flags, 'dryRun'));
  return 0;
}

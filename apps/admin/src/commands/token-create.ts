import { switchFlag } from '@ds01/command-line';
import { readNewToken, showSecret } from '@ds01/command-line/tokens';
import type { CommandContext } from '../context.ts';

/** `ds01-admin token create`: the secret alone goes to stdout. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const [user = '', name = ''] = operands;
  const wanted = { user, name, ...readNewToken(flags, 'ds01-admin token create alice laptop') };
  const created = await runtime.api.call('admin.tokens.create', wanted, { signal });
  showSecret(output, created, switchFlag(flags, 'dryRun'));
  return 0;
}

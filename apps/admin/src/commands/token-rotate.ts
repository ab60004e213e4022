import { switchFlag } from '@ds01/command-line';
import { showSecret, tokenNamed } from '@ds01/command-line/tokens';
import type { CommandContext } from '../context.ts';

/** `ds01-admin token rotate`: the new secret alone goes to stdout. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const { tokens } = await runtime.api.call('admin.tokens', { all: true }, { signal });
  const id = tokenNamed(tokens, operands[0] ?? '', 'ds01-admin token list');
  const created = await runtime.api.call('admin.tokens.rotate', { id }, { signal });
  showSecret(output, created, switchFlag(flags, 'dryRun'));
  return 0;
}

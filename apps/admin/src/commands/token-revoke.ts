import { switchFlag } from '@ds01/command-line';
import { revokedText, tokenNamed } from '@ds01/command-line/tokens';
import type { CommandContext } from '../context.ts';

/** `ds01-admin token revoke`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const { tokens } = await runtime.api.call('admin.tokens', { all: true }, { signal });
  const id = tokenNamed(tokens, operands[0] ?? '', 'ds01-admin token list');
  const token = await runtime.api.call('admin.tokens.revoke', { id }, { signal });
  output.result(token, () => revokedText(token, switchFlag(flags, 'dryRun')));
  return 0;
}

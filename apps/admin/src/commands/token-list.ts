import { switchFlag } from '@ds01/command-line';
import { tokensText } from '@ds01/command-line/tokens';
import type { CommandContext } from '../context.ts';

/** `ds01-admin token list`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const input = { user: operands[0] ?? null, all: switchFlag(flags, 'all') };
  const list = await runtime.api.call('admin.tokens', input, { signal });
  output.result(list, (screen) =>
    tokensText(list.tokens, screen, { users: true, nowMs: Date.now() }),
  );
  return 0;
}

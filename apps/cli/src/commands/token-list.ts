import { switchFlag } from '@ds01/command-line';
import { tokensText } from '@ds01/command-line/tokens';
import type { CommandContext } from '../context.ts';

/** `ds01 token list`. */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const input = { all: switchFlag(flags, 'all') };
  const list = await runtime.api.call('tokens.list', input, { signal });
  output.result(list, (screen) =>
    tokensText(list.tokens, screen, { users: false, nowMs: Date.now() }),
  );
  return 0;
}

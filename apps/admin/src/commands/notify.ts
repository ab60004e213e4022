import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';

/** `ds01-admin notify`: a message to one person, or to everybody who has a container or is logged in. */
export async function run({ operands, output, runtime, signal }: CommandContext): Promise<number> {
  const [whom = '', ...words] = operands;
  const message = words.join(' ').trim();
  if (message === '') {
    throw ds01Error('usage.invalid', {
      message: 'The message is empty.',
      hint: `ds01-admin notify ${whom} "The server restarts at noon"`,
    });
  }
  const input = { user: whom === 'all' ? null : whom, message };
  const result = await runtime.api.call('admin.notify', input, { signal });
  output.result(result, () => [result.message, ...result.users].join('\n'));
  return 0;
}

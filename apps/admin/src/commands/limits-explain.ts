import { ds01Error, limitKeySchema } from '@ds01/contracts';
import { callEvenDirectly } from '../call-directly.ts';
import type { CommandContext } from '../context.ts';
import { explanationText } from '../tables.ts';

/** `ds01-admin limits explain`. Fails with `usage.invalid` for a key that there isn't. */
export async function run(context: CommandContext): Promise<number> {
  const [user = '', given] = context.operands;
  const key = limitKeySchema.safeParse(given);
  if (!key.success) {
    throw ds01Error('usage.invalid', {
      message: `${JSON.stringify(given)} is no limit; there are ${limitKeySchema.options.join(', ')}.`,
      hint: `ds01-admin limits explain ${user} max_gpu_equivalents`,
    });
  }
  const { result } = await callEvenDirectly(context, 'admin.limits.explain', {
    user,
    key: key.data,
  });
  context.output.result(result, () => explanationText(result));
  return 0;
}

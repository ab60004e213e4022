import { callEvenDirectly } from '../call-directly.ts';
import type { CommandContext } from '../context.ts';
import { exemptionsTable } from '../policy-text.ts';

/** `ds01-admin exempt list`. */
export async function run(context: CommandContext): Promise<number> {
  const { result } = await callEvenDirectly(context, 'admin.exemptions', {});
  context.output.result(result, (screen) => exemptionsTable(result, screen));
  return 0;
}

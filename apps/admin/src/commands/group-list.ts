import { callEvenDirectly } from '../call-directly.ts';
import type { CommandContext } from '../context.ts';
import { groupsTable } from '../policy-text.ts';

/** `ds01-admin group list`. */
export async function run(context: CommandContext): Promise<number> {
  const { result } = await callEvenDirectly(context, 'admin.groups', {});
  context.output.result(result, (screen) => groupsTable(result, screen));
  return 0;
}

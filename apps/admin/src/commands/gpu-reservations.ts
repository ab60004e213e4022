import { callEvenDirectly } from '../call-directly.ts';
import type { CommandContext } from '../context.ts';
import { reservationsTable } from '../reservations-text.ts';

/** `ds01-admin gpu reservations`. */
export async function run(context: CommandContext): Promise<number> {
  const { result } = await callEvenDirectly(context, 'admin.reservations', {});
  context.output.result(result, (screen) => reservationsTable(result, screen));
  return 0;
}

import type { CommandContext } from '../context.ts';
import { putIntoGroup } from '../put-into-group.ts';

/** `ds01-admin group move`. */
export function run(context: CommandContext): Promise<number> {
  return putIntoGroup(context, true);
}

import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { syncText } from '../policy-text.ts';

/** `ds01-admin group sync`. */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const result = await runtime.api.call('admin.groups.sync', {}, { signal });
  const dryRun = switchFlag(flags, 'dryRun');
  output.result(result, (screen) => syncText(result, { dryRun, screen }));
  return 0;
}

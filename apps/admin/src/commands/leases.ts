import type { CommandContext } from '../context.ts';
import { leasesTable } from '../tables.ts';

/** `ds01-admin leases`. */
export async function run({ output, runtime, signal }: CommandContext): Promise<number> {
  const result = await runtime.api.call('admin.leases', {}, { signal });
  output.result(result, (screen) => leasesTable(result.leases, screen));
  return 0;
}

import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { gpuTable } from '../gpu-table.ts';

/** `ds01 gpu status`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const input = { mine: switchFlag(flags, 'mine') };
  const status = await runtime.api.call('gpus.status', input, { signal });
  output.result(status, (screen) => gpuTable(status, screen));
  return 0;
}

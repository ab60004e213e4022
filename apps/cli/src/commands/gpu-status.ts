import { switchFlag } from '@ds01/command-line';
import { gpuStatus } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { gpuTable } from '../describe.ts';

/** `ds01 gpu status`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const caller = await runtime.caller('atomic');
  const deps = await runtime.dependencies();
  const dryRun = switchFlag(flags, 'dryRun');
  const input = { onlyOwn: switchFlag(flags, 'mine') };
  const status = await gpuStatus(deps, caller, input, { dryRun, signal });
  output.result(status, () => gpuTable(status));
  return 0;
}

import { switchFlag, textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { gpuTable } from '../gpu-table.ts';

/** `ds01 gpu status`; without `--mine`, `--user` is about whose GPUs are shown. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const mine = switchFlag(flags, 'mine');
  const input = { mine, user: mine ? null : textFlag(flags, 'user') };
  const status = await runtime.api.call('gpus.status', input, { signal });
  const none = input.user === null ? 'no GPUs' : `no GPU is shown as ${input.user}’s`;
  output.result(status, (screen) => gpuTable(status, screen, none));
  return 0;
}

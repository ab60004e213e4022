import { switchFlag, textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { gpuTable } from '../gpu-table.ts';
import { ownWaiting, queueBeside, queueHints } from '../queue/waiting-remarks.ts';

/** `ds01 gpu status`; without `--mine`, `--user` is about whose GPUs are shown. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const mine = switchFlag(flags, 'mine');
  const input = { mine, user: mine ? null : textFlag(flags, 'user') };
  const [status, queue] = await Promise.all([
    runtime.api.call('gpus.status', input, { signal }),
    queueBeside(context, { mine }),
  ]);
  const none = input.user === null ? 'no GPUs' : `no GPU is shown as ${input.user}’s`;
  output.result(status, (screen) => gpuTable(status, screen, none));
  for (const line of ownWaiting(queue, Date.now())) output.say(line);
  if (!mine) for (const hint of queueHints(queue, status.totals)) output.say(hint);
  return 0;
}

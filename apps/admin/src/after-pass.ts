import { switchFlag } from '@ds01/command-line';
import type { QueueEntryView } from '@ds01/contracts/service';
import type { CommandContext } from './context.ts';

/** A request that was changed, as the pass of the queue that followed has put it. */
export async function afterPass(
  {
    flags,
    output,
    runtime,
    signal,
  }: Pick<CommandContext, 'flags' | 'output' | 'runtime' | 'signal'>,
  changed: QueueEntryView,
): Promise<QueueEntryView> {
  if (output.json || switchFlag(flags, 'dryRun')) return changed;
  const { entries } = await runtime.api.call('admin.queue', {}, { signal });
  return entries.find(({ id }) => id === changed.id) ?? changed;
}

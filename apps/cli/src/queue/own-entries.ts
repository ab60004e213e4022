import type { QueueEntryView } from '@ds01/contracts/service';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';

/**
 * The caller's waiting requests, or the one of a container's name or of an id. Fails with
 * `queue.not-found` when there is none of that name.
 */
export async function ownEntries(
  { runtime, signal }: Pick<CommandContext, 'runtime' | 'signal'>,
  wanted: string | undefined,
): Promise<readonly QueueEntryView[]> {
  const { entries } = await runtime.api.call('queue.list', { mine: true }, { signal });
  if (wanted === undefined) return entries;
  const found = entries.filter(
    ({ id, container, user }) => id === wanted || container === wanted || user === wanted,
  );
  if (found.length > 0) return found;
  throw ds01Error('queue.not-found', {
    message:
      entries.length === 0
        ? `Nothing of yours waits for a GPU, neither ${JSON.stringify(wanted)} nor anything else.`
        : `Nothing of yours that is called ${JSON.stringify(wanted)} waits for a GPU.`,
    hint: 'ds01 queue list',
  });
}

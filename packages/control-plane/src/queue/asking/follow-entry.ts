import { ds01Error } from '@ds01/contracts';
import type { LogChunk } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { Person } from '../../operations/call.ts';
import type { QueueLoop } from '../../operations/service-hosts.ts';
import { ownEntryOf } from './find-entry.ts';

/**
 * A waiting request of a person's as it is now and each time something about it changes, a line of JSON
 * each, its end last. Looking on is not being there: what is granted has to be claimed all the same.
 * Fails with `queue.not-found`, `queue.unavailable`.
 */
export async function followEntry(
  deps: ControlPlaneDependencies,
  queue: QueueLoop | null,
  wanted: {
    readonly person: Person;
    readonly id: string;
    readonly signal: AbortSignal | undefined;
  },
): Promise<AsyncIterable<LogChunk>> {
  const { person, id, signal = new AbortController().signal } = wanted;
  deps.store.transaction((transaction) => ownEntryOf(transaction, person, id));
  if (queue === null) {
    throw ds01Error('queue.unavailable', {
      message: 'A waiting request can be followed at the DS01 daemon only.',
      hint: `ds01 queue position ${id}`,
    });
  }
  return linesOf(queue, id, signal);
}

async function* linesOf(
  queue: QueueLoop,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  for await (const view of queue.follow(id, signal)) {
    const bytes = new TextEncoder().encode(`${JSON.stringify(view)}\n`);
    yield { stream: 'stdout', bytes };
  }
}

import type { LogChunk } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { Person } from '../operations/call.ts';
import type { WorkUnderWay } from '../operations/service-hosts.ts';
import { operationViewOf } from './operation-view.ts';
import { ownWork } from './own-work.ts';

/**
 * Progress of a piece of the caller's work, a line of JSON each, from after a line on; the last one is
 * the operation as it ended, behind all progress. Fails with `work.not-found` before anything comes.
 */
export function followWork(
  deps: Pick<ControlPlaneDependencies, 'store'>,
  work: WorkUnderWay | null,
  wanted: {
    readonly person: Person;
    readonly id: string;
    readonly afterLine: number | null;
    readonly signal: AbortSignal | undefined;
  },
): AsyncIterable<LogChunk> {
  const { person, id, signal } = wanted;
  const afterLine = wanted.afterLine ?? 0;
  const find = () => deps.store.transaction((transaction) => ownWork(transaction, person, id));
  find();
  return lines();

  async function* lines(): AsyncGenerator<LogChunk> {
    for await (const line of work?.follow(id, afterLine, signal) ?? []) yield chunkOf(line);
    if (signal?.aborted === true) return;
    const operation = operationViewOf(find());
    const line = operation.lines + 1;
    if (line > afterLine) yield chunkOf({ line, operation });
  }
}

function chunkOf(line: object): LogChunk {
  return { stream: 'stdout', bytes: new TextEncoder().encode(`${JSON.stringify(line)}\n`) };
}

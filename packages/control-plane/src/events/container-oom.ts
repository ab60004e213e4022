import { containerIdSchema } from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendAbout } from './container-events.ts';

/** A container whose processes are ended again and again is told of this often. */
const quietMs = 60_000;

/**
 * A process of a container was ended because its memory was used up, as the engine says. Written down
 * once a minute for each container at most; nothing for those that the ledger doesn't know.
 */
export function noteOutOfMemory(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  engineId: string,
): void {
  const id = containerIdSchema.safeParse(engineId);
  if (!id.success) return;
  const nowMs = deps.clock.nowMs();
  const type = 'container.out-of-memory';
  deps.store.transaction((transaction) => {
    const record = transaction.containers.get(id.data);
    if (record === null) return;
    const before = transaction.events.list({
      sinceMs: nowMs - quietMs,
      untilMs: null,
      typePrefix: type,
      of: null,
      containers: [record.id],
      beforeId: null,
      limit: 1,
    });
    if (before.length === 0) appendAbout(transaction, { type, record }, nowMs);
  });
}

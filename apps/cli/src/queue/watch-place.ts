import { setTimeout as pause } from 'node:timers/promises';
import { linesOf } from '@ds01/command-line/events';
import type { QueueEntryView } from '@ds01/contracts/service';
import type { Api } from '@ds01/ports';

/** What {@link watchPlace} needs. */
export interface PlaceWatch {
  readonly api: Pick<Api, 'call' | 'stream'>;
  /** Name of the container that is waited for. */
  readonly container: string | null;
  readonly signal: AbortSignal;
  /** Gets the request as it is, and again each time something about it changes. */
  readonly onEntry: (entry: QueueEntryView) => void;
}

/** How long to wait before looking, longer each time as long as there is nothing to see. */
const look = { firstMs: 150, mostMs: 2000 } as const;

/**
 * Tells of the caller's request for a container as long as it has a place in the queue, until the
 * signal aborts. Never fails: whatever is wrong is told by the command that waits.
 */
export async function watchPlace(watch: PlaceWatch): Promise<void> {
  const { api, signal, onEntry } = watch;
  let waitMs: number = look.firstMs;
  for (;;) {
    await pause(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    waitMs = Math.min(look.mostMs, waitMs * 2);
    try {
      const entry = await ownEntry(watch);
      if (entry !== null) {
        onEntry(entry);
        const { queueEntrySchema } = await import('@ds01/contracts/service');
        const changes = await api.stream('queue.follow', { id: entry.id }, { signal });
        for await (const line of linesOf(changes)) {
          waitMs = look.firstMs;
          onEntry(queueEntrySchema.parse(JSON.parse(line)));
        }
      }
    } catch {
      // A daemon that is being restarted, or one that doesn't tell: it is asked again.
    }
  }
}

/** The caller's request for a container that waits or has its turn; `null` without. */
export async function ownEntry({
  api,
  container,
  signal,
}: Pick<PlaceWatch, 'api' | 'container' | 'signal'>): Promise<QueueEntryView | null> {
  const { entries } = await api.call('queue.list', { mine: true }, { signal });
  const open = entries.filter(({ state }) => state === 'waiting' || state === 'granted');
  const named = open.find((entry) => entry.container === container);
  // Without a name the container is called as its image or project is, which only the server tells.
  return named ?? (container === null ? (open.at(-1) ?? null) : null);
}

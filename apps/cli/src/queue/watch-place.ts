import { linesOf } from '@ds01/command-line/events';
import type { QueueEntryView } from '@ds01/contracts/service';
import type { Api } from '@ds01/ports';

/** Follows a waiting request beside the call that waits for it. */
export interface PlaceWatch {
  /**
   * A line of the call's progress; true when it tells how the request stands, which is then followed and
   * told as it is. False also for such a line while the request can't be followed.
   */
  heard(line: string): boolean;
  /** Id of the request that waits, or waited last; `null` when none ever did. */
  id(): string | null;
  /** Resolves when nothing is followed any more; after the signal has aborted. */
  ended(): Promise<void>;
}

/** What {@link createPlaceWatch} needs. */
export interface PlaceWatchOptions {
  readonly api: Pick<Api, 'stream'>;
  readonly signal: AbortSignal;
  /** Gets the request as it is, and again each time something about it changes. */
  readonly onEntry: (entry: QueueEntryView) => void;
}

/** How the progress of `containers.deploy` says which request waits. */
const waitingLine = /^waiting for .*\((q[0-9a-z]{20})\)$/s;

/**
 * Makes a {@link PlaceWatch}. It never fails: whatever is wrong is told by the call itself, and what
 * can't be followed now is tried again with the call's next line.
 */
export function createPlaceWatch({ api, signal, onEntry }: PlaceWatchOptions): PlaceWatch {
  let known: string | null = null;
  let followed: string | null = null;
  let isHeardAgain = false;
  let isBlind = false;
  let following = Promise.resolve();
  const follow = async (id: string): Promise<void> => {
    isHeardAgain = false;
    let sees = false;
    try {
      const { queueEntrySchema } = await import('@ds01/contracts/service');
      const changes = await api.stream('queue.follow', { id }, { signal });
      for await (const line of linesOf(changes)) {
        onEntry(queueEntrySchema.parse(JSON.parse(line)));
        sees = true;
        isBlind = false;
      }
    } catch {
      // A daemon that is being restarted, which the call notices, too; or one that doesn't tell.
      isBlind = !sees && !signal.aborted;
    }
    // A line may have come of the next connection while this one was about to end.
    if (isHeardAgain && !signal.aborted) return follow(id);
    followed = null;
  };
  return {
    heard(line) {
      const id = waitingLine.exec(line)?.[1];
      if (id === undefined) return false;
      known = id;
      if (signal.aborted) return true;
      isHeardAgain = true;
      if (followed === id) return !isBlind;
      followed = id;
      const before = following;
      following = before.then(async () => follow(id));
      return !isBlind;
    },
    id: () => known,
    ended: async () => following,
  };
}

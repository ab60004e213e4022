import { ds01Error } from '@ds01/contracts';
import type { Clock, EngineEvent } from '@ds01/ports';

/** As many as engine 20.10 remembers. */
const remembered = 256;

/** Events of the in-memory engine. */
export interface EventHub {
  emit(event: Omit<EngineEvent, 'atMs'>): void;
  read(sinceMs: number | null, signal: AbortSignal | undefined): AsyncGenerator<EngineEvent>;
  /** Ends all streams with `engine.unreachable` and forgets the past, as a restart does. */
  drop(): void;
}

/** A hub without events. */
export function createEventHub(clock: Clock): EventHub {
  let past: EngineEvent[] = [];
  const readers = new Set<(event: EngineEvent | null) => void>();

  async function* read(
    sinceMs: number | null,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<EngineEvent> {
    const queue: (EngineEvent | null)[] =
      sinceMs === null ? [] : past.filter((event) => event.atMs >= sinceMs);
    let wake = (): void => undefined;
    const reader = (event: EngineEvent | null): void => {
      queue.push(event);
      wake();
    };
    const onAbort = (): void => wake();
    readers.add(reader);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      while (signal?.aborted !== true) {
        const event = queue.shift();
        if (event === null) throw unreachable();
        if (event !== undefined) {
          yield event;
          continue;
        }
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = () => resolve();
        await promise;
      }
    } finally {
      readers.delete(reader);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  return {
    emit(fields) {
      const event = { ...fields, atMs: clock.nowMs() };
      past = [...past, event].slice(-remembered);
      for (const reader of readers) reader(event);
    },
    read,
    drop() {
      past = [];
      for (const reader of readers) reader(null);
    },
  };
}

/** What every call says while the engine is away. */
export function unreachable() {
  return ds01Error('engine.unreachable', {
    message: 'The in-memory engine is away.',
    hint: 'ds01 doctor',
  });
}

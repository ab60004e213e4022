import { EventEmitter, on, once } from 'node:events';
import type { Ds01Error, RouteOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { QueueEntryView } from '@ds01/contracts/service';
import type { Api, ApiOptions } from '@ds01/ports';
import type { Answers } from '../../testing/run-command.ts';

type Deployed = RouteOutput<'containers.deploy'>;

/** Alice's request, second of five. */
export function entryOf(changes: Partial<QueueEntryView> = {}): QueueEntryView {
  return {
    id: `q${'0'.repeat(19)}1`,
    state: 'waiting',
    position: 2,
    of: 5,
    user: 'alice',
    group: 'student',
    own: true,
    kind: 'interactive',
    priority: 'normal',
    container: 'thesis',
    verb: 'deploy',
    gpu: { kind: 'any' },
    asksFor: '1 GPU',
    reason: { code: 'no-slot-free', message: 'all GPUs are in use' },
    queuedAt: '2026-11-22T08:00:00.000Z',
    waitedMs: 65_000,
    estimatedStartAt: null,
    waitsUntil: null,
    claimUntil: null,
    slots: [],
    ...changes,
  };
}

/** A daemon that lets one request wait until a test says otherwise. */
export interface FakeQueue {
  readonly answers: Answers;
  readonly stream: Api['stream'];
  /** The request as it is; `null` is none. */
  set(entry: QueueEntryView | null): void;
  /** Ends the call that waits. */
  finish(end: Deployed | Ds01Error): void;
  /** Resolves when so many calls have waited, and the stream of the last is read. */
  followed(times: number): Promise<void>;
  /** The daemon goes away: every call fails until it is back. */
  setAway(isAway: boolean): void;
  readonly left: readonly string[];
}

/** Makes a {@link FakeQueue}. */
export function createFakeQueue(first: QueueEntryView | null = entryOf()): FakeQueue {
  const events = new EventEmitter().setMaxListeners(50);
  const left: string[] = [];
  let entry = first;
  let isAway = false;
  let follows = 0;
  const gone = () => ds01Error('daemon.unreachable', { message: 'The daemon does not answer.' });
  const reach = (): void => {
    if (isAway) throw gone();
  };
  const list = () => ({
    entries: entry === null ? [] : [entry],
    draining: null,
    held: null,
    nextCursor: null,
  });
  const wait = async ({ signal, onProgress }: ApiOptions = {}): Promise<Deployed> =>
    new Promise((resolve, reject) => {
      if (entry !== null) onProgress?.(`waiting for ${entry.asksFor}: position 2 (${entry.id})`);
      events.once('end', (end: Deployed | Ds01Error) => {
        if (end instanceof Error) reject(end);
        else resolve(end);
      });
      signal?.addEventListener('abort', () =>
        reject(isAway ? gone() : ds01Error('operation.interrupted', { message: 'Undone.' })),
      );
    });
  return {
    answers: {
      'containers.deploy': async (_input, options) => {
        reach();
        return wait(options);
      },
      'queue.list': () => {
        reach();
        return list();
      },
      'queue.show': ({ id }) => {
        reach();
        if (entry?.id === id) return entry;
        throw ds01Error('queue.not-found', { message: 'There is no such request.' });
      },
      'queue.leave': ({ id }) => {
        reach();
        left.push(id);
        const was = entryOf({ ...entry, state: 'left', position: null });
        entry = null;
        return was;
      },
    },
    stream: async (_id, _input, options) => {
      reach();
      const changes = on(events, 'change', { signal: options?.signal, close: ['end'] });
      follows += 1;
      events.emit('followed');
      return Promise.resolve(
        (async function* () {
          yield chunkOf(entry);
          for await (const change of changes as AsyncIterable<readonly QueueEntryView[]>) {
            yield chunkOf(change[0]);
          }
        })(),
      );
    },
    set: (next) => {
      entry = next;
      if (next !== null) events.emit('change', next);
    },
    finish: (end) => void events.emit('end', end),
    followed: async (times) => {
      while (follows < times) await once(events, 'followed');
    },
    setAway: (away) => {
      isAway = away;
      if (away) events.emit('end', gone());
    },
    left,
  };
}

function chunkOf(entry: QueueEntryView | null | undefined) {
  return { stream: 'stdout' as const, bytes: Buffer.from(`${JSON.stringify(entry)}\n`) };
}

import type { ContainerId } from '@ds01/contracts';
import type { ContainerEngine, ContainerListing, SteadyClock } from '@ds01/ports';
import { orAborted } from './or-aborted.ts';

/** All containers of an engine, as whoever compares ledger and engine asks for them. */
export type ListContainers = (options?: {
  readonly signal?: AbortSignal | undefined;
  /** Containers that should be there: what isn't known of them is asked for. */
  readonly expected?: Iterable<ContainerId> | undefined;
}) => Promise<readonly ContainerListing[]>;

/**
 * What an engine lists, kept. To list hundreds of containers costs the engine tens of milliseconds, of
 * which a change of one touches one row: as long as the engine's events come, only what they or own
 * calls name is listed again.
 */
export interface ListingMirror {
  /** The engine that was given; calls of it that change a container are noticed. */
  readonly engine: ContainerEngine;
  /**
   * What the engine would list, but for changes by others that its events have not told yet. Never
   * without what was changed through `engine` before. Fails as `listContainers` does.
   */
  readonly list: ListContainers;
  /** A container changed; `null`: any may have. */
  noteChanged(id: ContainerId | null): void;
  /** A container's process ended, which the engine tells before it lists it so. */
  noteEnded(id: ContainerId): void;
  /** Whether the engine's events come; without them all is listed every time. */
  listening(isListening: boolean): void;
}

/** Everything is listed again so often, whatever was told. */
const wholeMs = 5000;
/** For so long the engine may list what has ended as running. */
const endedMs = 1000;
/** More of them than that are listed with all others. */
const mostAtOnce = 20;

/** Nothing of the engine is known yet. */
export function mirrorListing(
  engine: ContainerEngine,
  clock: Pick<SteadyClock, 'bootMs'>,
): ListingMirror {
  let known: { readonly rows: readonly ContainerListing[]; readonly wholeAtMs: number } | null =
    null;
  // What was asked for in an earlier one is kept for nobody in this one.
  let epoch = 0;
  let isListening = false;
  let changed = new Set<ContainerId>();
  const ended = new Map<ContainerId, number>();
  let refreshing: Promise<readonly ContainerListing[]> | null = null;

  const forgetAll = (): void => {
    known = null;
    epoch += 1;
  };
  const noteChanged = (id: ContainerId | null): void => {
    if (id === null) forgetAll();
    else changed.add(id);
  };
  /** Those that the engine has to be asked about. */
  const dueOnes = (): ReadonlySet<ContainerId> => {
    const nowMs = clock.bootMs();
    for (const [id, atMs] of ended) if (nowMs - atMs >= endedMs) ended.delete(id);
    return new Set([...changed, ...ended.keys()]);
  };
  const refresh = async (): Promise<readonly ContainerListing[]> => {
    const began = { epoch, atMs: clock.bootMs(), changed, known };
    const due = dueOnes();
    changed = new Set();
    try {
      const base = isListening && due.size <= mostAtOnce ? began.known : null;
      const next =
        base === null || began.atMs - base.wholeAtMs >= wholeMs
          ? { rows: await engine.listContainers(), wholeAtMs: began.atMs }
          : { ...base, rows: await replaced(base.rows, due) };
      if (epoch === began.epoch) known = next;
      return next.rows;
    } catch (error) {
      for (const id of began.changed) changed.add(id);
      throw error;
    }
  };
  /** Rows that are as before, but for those that are due. */
  const replaced = async (
    rows: readonly ContainerListing[],
    due: ReadonlySet<ContainerId>,
  ): Promise<readonly ContainerListing[]> => {
    if (due.size === 0) return rows;
    const found = await engine.listContainers({ only: [...due] });
    const news = new Map(found.map((row) => [row.id, row]));
    const kept = rows.flatMap((row) => {
      if (!due.has(row.id)) return [row];
      const now = news.get(row.id);
      news.delete(row.id);
      return now === undefined ? [] : [now];
    });
    // As the engine lists them: the newest first.
    return [...news.values(), ...kept];
  };
  return {
    engine: noticing(engine, noteChanged),
    async list({ signal, expected = [] } = {}) {
      signal?.throwIfAborted();
      // Another process may have made them, and the engine's event be on its way.
      if (known !== null) for (const id of unlisted(known.rows, expected)) changed.add(id);
      // What is being listed now was asked for earlier, perhaps before a change.
      if (refreshing !== null) await orAborted(refreshing.then(ignore, ignore), signal);
      refreshing ??= refresh().finally(() => {
        refreshing = null;
      });
      return orAborted(refreshing, signal);
    },
    noteChanged,
    noteEnded: (id) => {
      ended.set(id, clock.bootMs());
      noteChanged(id);
    },
    listening: (on) => {
      isListening = on;
      forgetAll();
    },
  };
}

/** The same engine, telling which containers its calls have changed. */
function noticing(engine: ContainerEngine, onChanged: (id: ContainerId) => void): ContainerEngine {
  /** Also of what has failed, which may have happened all the same. */
  const after = async <T>(id: ContainerId, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } finally {
      onChanged(id);
    }
  };
  return {
    ...engine,
    async createContainer(...given) {
      const id = await engine.createContainer(...given);
      onChanged(id);
      return id;
    },
    startContainer: (id, ...more) => after(id, engine.startContainer(id, ...more)),
    stopContainer: (id, ...more) => after(id, engine.stopContainer(id, ...more)),
    killContainer: (id, ...more) => after(id, engine.killContainer(id, ...more)),
    pauseContainer: (id, ...more) => after(id, engine.pauseContainer(id, ...more)),
    unpauseContainer: (id, ...more) => after(id, engine.unpauseContainer(id, ...more)),
    removeContainer: (id, ...more) => after(id, engine.removeContainer(id, ...more)),
    renameContainer: (id, ...more) => after(id, engine.renameContainer(id, ...more)),
  };
}

function unlisted(
  rows: readonly ContainerListing[],
  expected: Iterable<ContainerId>,
): readonly ContainerId[] {
  const listed = new Set(rows.map(({ id }) => id));
  return [...expected].filter((id) => !listed.has(id));
}

function ignore(): void {
  // What became of it is for those who wait for it.
}

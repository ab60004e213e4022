import { ds01Error, type ContainerId, type HeldSession } from '@ds01/contracts';
import type { SessionKeeper, SessionPlace } from '@ds01/ports';
import { holdTerminal, type HeldTerminal, type SessionEnd } from './held-session.ts';
import type { SessionNotes } from './session-notes.ts';

/** Sessions of this daemon. */
export interface DaemonSessions extends SessionKeeper {
  /**
   * Lets go of all; they are lost, and noted as such for the next daemon. What runs in them goes on:
   * another process reads what it prints.
   */
  close(): Promise<void>;
}

/** What sessions are kept with. */
export interface SessionKeeperOptions {
  readonly nowMs: () => number;
  /** Where it is written down which sessions there are. */
  readonly notes: SessionNotes;
  /** Makes another process read these connections to their end. */
  readonly leaveTo: (descriptors: readonly number[]) => Promise<void>;
}

/** How many sessions may run in one container, and of one user. */
export const maxSessions = { container: 8, user: 24 } as const;
/** How many a user may have that nobody goes back to and nobody is connected with. */
const maxLeft = 32;
/** How many that ended or were lost are remembered until somebody looks. */
const maxRemembered = { container: 5, all: 500 } as const;
/** What the remembered output of all sessions may take, and that of one. */
const outputBytes = { all: 24 * 1_048_576, least: 8192, most: 131_072 } as const;

interface Entry {
  readonly id: string;
  readonly place: SessionPlace;
  readonly command: string | null;
  readonly startedAtMs: number;
  /** `null` once it is over. */
  terminal: HeldTerminal | null;
  over: {
    readonly end: SessionEnd;
    readonly atMs: number | null;
    readonly detachedAtMs: number | null;
    readonly lastLines: readonly string[];
  } | null;
}

/** The sessions that this process holds; those of the one before are `lost`. */
export function createSessionKeeper({
  nowMs,
  notes,
  leaveTo,
}: SessionKeeperOptions): DaemonSessions {
  /** Whose terminals are that nobody goes back to, oldest first. */
  const accompanied = new Map<HeldTerminal, number>();
  /** Places of processes that are being started. */
  const coming = new Set<{ readonly place: SessionPlace }>();
  let entries: readonly Entry[] = notes.read().map(lostEntry);
  const live = (): readonly Entry[] => entries.filter(({ terminal }) => terminal !== null);
  const limitBytes = (): number => {
    const share = Math.floor(outputBytes.all / Math.max(1, live().length));
    return Math.min(outputBytes.most, Math.max(outputBytes.least, share));
  };
  const note = (): void => {
    notes.write(
      live().map(({ id, place, command, startedAtMs }) => ({ id, ...place, command, startedAtMs })),
    );
  };
  const ended = (entry: Entry, end: SessionEnd, seen: boolean): void => {
    const terminal = entry.terminal;
    entry.terminal = null;
    entry.over = {
      end,
      atMs: nowMs(),
      detachedAtMs: terminal?.detachedAtMs ?? null,
      lastLines: end.kind === 'ended' ? (terminal?.lastLines() ?? []) : [],
    };
    entries = remembered(seen ? entries.filter((other) => other !== entry) : entries);
    note();
  };
  const inContainer = (containerId: ContainerId): readonly Entry[] =>
    entries.filter(({ place }) => place.containerId === containerId);
  return {
    admit(wanted) {
      const all = [...live(), ...coming];
      const here = all.filter(({ place }) => place.containerId === wanted.containerId);
      const own = all.filter(({ place }) => place.uid === wanted.uid);
      if (here.length >= maxSessions.container) throw tooMany(here.length, 'in this container');
      if (own.length >= maxSessions.user) throw tooMany(own.length, 'in all your containers');
      const one = { place: wanted };
      coming.add(one);
      return () => void coming.delete(one);
    },
    keep(session, { containerId, uid, command, size }) {
      const before = inContainer(containerId);
      const entry: Entry = {
        id: String(1 + Math.max(0, ...before.map(({ id }) => Number(id)))),
        place: { containerId, uid },
        command: command === null ? null : titleOf(command),
        startedAtMs: nowMs(),
        terminal: null,
        over: null,
      };
      const onEnd = (end: SessionEnd, seen: boolean): void => ended(entry, end, seen);
      const terminal = holdTerminal({ session, size, nowMs, limitBytes, onEnd });
      entry.terminal = terminal;
      entries = [...entries.filter((other) => !before.includes(other) || !isOver(other)), entry];
      note();
      return terminal.connect({ size, takeOver: false });
    },
    list: (containerId) => inContainer(containerId).map(shown),
    resume({ containerId, id }, options) {
      const found = inContainer(containerId).find((entry) => entry.id === id)?.terminal ?? null;
      if (found !== null) return found.connect(options);
      throw ds01Error('session.not-found', {
        message: `No session ${id} goes on in this container.`,
        hint: 'ds01 container run NAME',
      });
    },
    accompany(session, { uid, size }) {
      const over = (): void => void accompanied.delete(terminal);
      const terminal = holdTerminal({ session, size, nowMs, limitBytes: () => 1, onEnd: over });
      accompanied.set(terminal, uid);
      const view = terminal.connect({ size, takeOver: false });
      const close = (): void => {
        view.close();
        const left = [...accompanied].filter(([one, whose]) => whose === uid && !one.connected);
        for (const [one] of left.slice(0, -maxLeft)) {
          accompanied.delete(one);
          one.close();
        }
      };
      return { ...view, close };
    },
    async close() {
      const terminals = [
        ...accompanied.keys(),
        ...live().flatMap(({ terminal }) => terminal ?? []),
      ];
      await leaveTo(terminals.flatMap(({ descriptor }) => descriptor ?? []));
      for (const terminal of terminals) terminal.close();
    },
  };
}

function lostEntry(noted: ReturnType<SessionNotes['read']>[number]): Entry {
  const { id, containerId, uid, command, startedAtMs } = noted;
  const over = { end: { kind: 'lost' }, atMs: null, detachedAtMs: null, lastLines: [] } as const;
  return { id, place: { containerId, uid }, command, startedAtMs, terminal: null, over };
}

/** The beginning of a command line, without what would be no text on a terminal. */
function titleOf(command: readonly string[]): string {
  return command
    .join(' ')
    .slice(0, 200)
    .replaceAll(/\p{Cc}+/gu, ' ');
}

function isOver({ over }: Entry): boolean {
  return over !== null;
}

/** Those that run, and the latest of those that are over. */
function remembered(entries: readonly Entry[]): readonly Entry[] {
  const counts = new Map<ContainerId, number>();
  let all = 0;
  return entries
    .toReversed()
    .filter((entry) => {
      if (!isOver(entry)) return true;
      const count = (counts.get(entry.place.containerId) ?? 0) + 1;
      counts.set(entry.place.containerId, count);
      all += 1;
      return count <= maxRemembered.container && all <= maxRemembered.all;
    })
    .toReversed();
}

function shown({ id, command, startedAtMs, terminal, over }: Entry): HeldSession {
  const time = (ms: number | null | undefined): string | null =>
    ms === null || ms === undefined ? null : new Date(ms).toISOString();
  const state = terminal === null ? null : terminal.connected ? 'attached' : 'detached';
  return {
    id,
    command,
    state: state ?? over?.end.kind ?? 'lost',
    startedAt: new Date(startedAtMs).toISOString(),
    detachedAt: time(terminal?.detachedAtMs ?? over?.detachedAtMs),
    lastInputAt: time(terminal?.lastInputAtMs),
    endedAt: time(over?.atMs),
    exitCode: over?.end.kind === 'ended' ? over.end.exitCode : null,
    lastLines: [...(over?.lastLines ?? [])],
  };
}

function tooMany(count: number, where: string) {
  return ds01Error('session.too-many', {
    message: `${count} sessions go on ${where}, which is as many as there may be.`,
    hint: 'ds01 container run NAME',
    details: { sessions: count },
  });
}

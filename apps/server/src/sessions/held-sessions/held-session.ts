import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createBufferCollector } from '@ds01/client/free-buffers';
import { alternateScreenModes, createTerminalModes, ds01Error } from '@ds01/contracts';
import type { EngineSession, TerminalSize } from '@ds01/ports';
import { createRecentOutput } from './recent-output.ts';
import { lastLinesOf, repaintOf } from './repaint.ts';
import { createSessionView, type SessionView } from './session-view.ts';

/** How a session came to its end: with an exit code where that is known, or lost to the daemon. */
export type SessionEnd =
  | { readonly kind: 'ended'; readonly exitCode: number | null }
  | { readonly kind: 'lost' };

/** A session at a terminal that goes on with nobody connected. */
export interface HeldTerminal {
  readonly connected: boolean;
  /** When the last connection ended; `null` while there is one. */
  readonly detachedAtMs: number | null;
  readonly lastInputAtMs: number | null;
  /** The last lines that it printed, as plain text. */
  lastLines(): readonly string[];
  /** A connection; the second and later ones begin with what was shown. */
  connect(options: {
    readonly size: TerminalSize | null;
    /** Ends the connection that there is; else that is `session.attached`. */
    readonly takeOver: boolean;
  }): EngineSession;
  /** Descriptor of the engine's connection; `null` when there is none. */
  readonly descriptor: number | null;
  /** Lets go of the process. */
  close(): void;
}

/** What a session is held with. */
export interface HeldTerminalOptions {
  readonly session: EngineSession;
  readonly size: TerminalSize | null;
  readonly nowMs: () => number;
  /** How much of the output may be kept, now. */
  readonly limitBytes: () => number;
  /** Called once, unless `close()` came before; `seen` when somebody was connected. */
  readonly onEnd: (end: SessionEnd, seen: boolean) => void;
  /** A terminal that takes nothing for so long makes the process wait no longer. */
  readonly stallMs?: number;
}

const defaultStallMs = 10_000;
/** How long a program sees a smaller terminal before it gets its own size, to draw itself anew. */
const nudgeMs = 80;
/** Input that a process doesn't read is dropped above this, whoever typed it. */
const maxUnreadInputBytes = 1_048_576;
const lastLinesKept = 10;

const passed = createBufferCollector();

/**
 * Holds a session: its output is read and remembered whether or not anybody is connected, so that the
 * process never waits for a terminal that is gone.
 */
export function holdTerminal(options: HeldTerminalOptions): HeldTerminal {
  const { session, nowMs } = options;
  const recent = createRecentOutput(options.limitBytes);
  const modes = createTerminalModes();
  let size = options.size;
  let view: SessionView | null = null;
  let behind = false;
  let stalled: NodeJS.Timeout | undefined;
  let detachedAtMs: number | null = null;
  let lastInputAtMs: number | null = null;
  let closed = false;

  const repaint = (): Buffer =>
    repaintOf({ output: recent.bytes(), modes: modes.changed(), rows: size?.rows ?? 0 });
  const goOn = (): void => {
    clearTimeout(stalled);
    stalled = undefined;
    session.stdout.resume();
  };
  const waitFor = (): void => {
    session.stdout.pause();
    stalled ??= setTimeout(() => {
      behind = true;
      goOn();
    }, options.stallMs ?? defaultStallMs).unref();
  };
  const leave = (): void => {
    view = null;
    behind = false;
    detachedAtMs = nowMs();
    goOn();
  };
  const type = async (bytes: Uint8Array): Promise<void> => {
    const { stdin } = session;
    lastInputAtMs = nowMs();
    passed(bytes.length);
    if (stdin === null || !stdin.writable || stdin.writableLength > maxUnreadInputBytes) return;
    await new Promise<void>((resolve) => {
      stdin.write(bytes, () => resolve());
    });
  };
  const resize = async (wanted: TerminalSize): Promise<void> => {
    size = wanted;
    await session.resize(wanted);
  };
  /** Programs that have the whole screen draw it when its size changes, and only then. */
  const drawAnew = async (): Promise<void> => {
    if (size === null) return;
    if (modes.changed().some(({ mode, on }) => on && alternateScreenModes.has(mode))) {
      await session.resize({ ...size, rows: Math.max(1, size.rows - 1) });
      await delay(nudgeMs);
    }
    await session.resize(size);
  };
  const connect = (): SessionView => {
    const isCurrent = (): boolean => view === next;
    const next = createSessionView({
      wantsMore: () => {
        if (!isCurrent()) return;
        if (behind) {
          behind = false;
          next.push(repaint());
        }
        goOn();
      },
      type: async (bytes) => (isCurrent() ? type(bytes) : undefined),
      resize: async (wanted) => (isCurrent() ? resize(wanted) : undefined),
      signal: async (name) => (isCurrent() ? session.signal(name) : undefined),
      left: () => {
        if (isCurrent()) leave();
      },
    });
    view = next;
    detachedAtMs = null;
    return next;
  };
  const end = (outcome: SessionEnd, error: unknown): void => {
    clearTimeout(stalled);
    const last = view;
    view = null;
    if (closed) return;
    closed = true;
    if (last !== null && behind) last.push(repaint());
    if (outcome.kind === 'ended') last?.finish(outcome.exitCode);
    else last?.fail(error);
    options.onEnd(outcome, last !== null);
  };

  session.stderr.resume();
  session.stdin?.on('error', () => undefined);
  session.stdout.on('data', (bytes: Uint8Array) => {
    recent.push(bytes);
    modes.push(bytes);
    if (view === null || behind) passed(bytes.length);
    else if (!view.push(bytes)) waitFor();
  });
  Promise.all([session.exited, finished(session.stdout, { writable: false })]).then(
    ([exitCode]) => end({ kind: 'ended', exitCode }, null),
    (error: unknown) => end({ kind: 'lost' }, error),
  );
  let first = true;
  return {
    get connected() {
      return view !== null;
    },
    get detachedAtMs() {
      return detachedAtMs;
    },
    get lastInputAtMs() {
      return lastInputAtMs;
    },
    lastLines: () => lastLinesOf(recent.bytes(), lastLinesKept),
    connect(wanted) {
      if (view !== null && !wanted.takeOver) throw isAttached();
      view?.fail(takenOver());
      if (view !== null) leave();
      size = wanted.size ?? size;
      const next = connect();
      if (!first) {
        next.push(repaint());
        drawAnew().catch(() => undefined);
      }
      first = false;
      return next.session;
    },
    get descriptor() {
      return session.descriptor?.() ?? null;
    },
    close() {
      closed = true;
      view?.session.close();
      session.close();
    },
  };
}

function isAttached() {
  return ds01Error('session.attached', {
    message: 'Another terminal is connected with this session.',
    hint: 'add --take-over to bring it here',
  });
}

function takenOver() {
  return ds01Error('session.taken-over', {
    message: 'This session goes on at another terminal.',
    hint: 'ds01 container run NAME --take-over',
  });
}

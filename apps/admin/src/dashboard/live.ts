import type { Screen } from '@ds01/command-line';
import { isDs01Error } from '@ds01/contracts/core';
import type { ExplainOutput, Overview } from '@ds01/contracts/lifecycle';
import { frame, lastPosition, pageOf } from './frame.ts';
import { createKeyReader, type Key } from './keys.ts';
import { initialState, type AdminQueue, type State, type View } from './state.ts';
import { takeTerminal, type TerminalProcess } from './terminal.ts';
import { pressed } from './update.ts';

/** Where the dashboard gets what it shows. */
export interface Source {
  look(signal: AbortSignal): Promise<Look>;
  explain(dockerName: string, signal: AbortSignal): Promise<ExplainOutput>;
}

/** What is seen at one moment. */
export interface Look {
  readonly overview: Overview;
  /** `null` where that can't be told. */
  readonly queue: AdminQueue | null;
}

/** What the live view is made of. */
export interface LiveOptions {
  readonly host: TerminalProcess & {
    readonly kill: (pid: number, signal: string) => unknown;
    readonly pid: number;
  };
  readonly source: Source;
  readonly screen: Screen;
  readonly view: View;
  readonly refreshMs: number;
  readonly nowMs: () => number;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/**
 * Shows the dashboard until it is quit, with one look per refresh. The terminal is given back in every
 * case. A daemon that doesn't answer is waited for.
 */
export async function showLive(options: LiveOptions): Promise<void> {
  const { host, source, screen, refreshMs, nowMs, signal } = options;
  const ended = Promise.withResolvers<void>();
  const left = new AbortController();
  const over = AbortSignal.any([signal, left.signal]);
  const terminal = takeTerminal(host);
  let state = initialState(options.view);
  const draw = (): void =>
    terminal.draw(frame(state, { size: terminal.size(), screen, nowMs: nowMs() }));
  const change = (next: State): void => {
    const position = Math.min(next.cursor, lastPosition(next, terminal.size()));
    state = position === next.cursor ? next : { ...next, cursor: position };
    draw();
  };

  const explain = async (dockerName: string): Promise<void> => {
    const found = await source.explain(dockerName, over).then(
      (explanation) => ({ explanation, problem: null }),
      (error: unknown) => ({ explanation: null, problem: messageOf(error) }),
    );
    if (state.details?.dockerName === dockerName) {
      change({ ...state, details: { dockerName, ...found } });
    }
  };
  const press = (key: Key): void => {
    if (key === 'ctrl-l') return redraw();
    if (key === 'ctrl-z') return suspend();
    const before = state.details?.dockerName;
    const next = pressed(state, key, pageOf(terminal.size()));
    if (next === 'quit') return ended.resolve();
    change(next);
    const after = next.details?.dockerName;
    if (after !== undefined && after !== before) void explain(after);
  };
  const redraw = (): void => {
    terminal.redraw();
    draw();
  };
  const suspend = (): void => {
    terminal.restore();
    host.kill(host.pid, 'SIGTSTP');
  };
  const resume = (): void => {
    terminal.take();
    draw();
  };

  const refresh = async (): Promise<void> => {
    while (!over.aborted) {
      const startedMs = nowMs();
      try {
        const look = await source.look(over);
        change({ ...state, ...look, failure: null });
      } catch (error) {
        if (over.aborted) return;
        if (isFinal(error)) return ended.reject(error);
        const sinceMs = state.failure?.sinceMs ?? startedMs;
        change({ ...state, failure: { message: messageOf(error), sinceMs } });
      }
      await pause(Math.max(0, refreshMs - (nowMs() - startedMs)), over);
    }
  };

  const reader = createKeyReader();
  // A mistake of ours ends the dashboard, and is told where it can be read.
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      ended.reject(error);
    }
  };
  const onKeys = (chunk: Buffer | string): void =>
    guarded(() => {
      for (const key of reader.read(String(chunk))) press(key);
    });
  const onResize = (): void => guarded(redraw);
  const onContinue = (): void => guarded(resume);
  const end = (): void => ended.resolve();
  over.addEventListener('abort', end, { once: true });
  host.stdin.on('data', onKeys);
  host.stdin.on('end', end);
  host.stdout.on('resize', onResize);
  host.on('SIGCONT', onContinue);
  host.on('SIGHUP', end);
  try {
    draw();
    refresh().catch(ended.reject);
    await ended.promise;
  } finally {
    left.abort();
    terminal.restore();
    host.stdin.off('data', onKeys);
    host.stdin.off('end', end);
    host.stdout.off('resize', onResize);
    host.off('SIGCONT', onContinue);
    host.off('SIGHUP', end);
  }
}

/** What doesn't get better by waiting: this person may not look, or the versions don't fit. */
function isFinal(error: unknown): boolean {
  return (
    isDs01Error(error) &&
    ['access.denied', 'daemon.version', 'route.not-found'].includes(error.code)
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const over = Promise.withResolvers<void>();
  const wake = (): void => over.resolve();
  const timer = setTimeout(wake, durationMs);
  signal.addEventListener('abort', wake, { once: true });
  await over.promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', wake);
}

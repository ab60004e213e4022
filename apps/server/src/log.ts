import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '@ds01/ports';

const current = new AsyncLocalStorage<{ readonly id: string }>();

/** What answers in this very turn of the event loop. */
let inThisTurn: { readonly id: string } | null = null;

/** Runs work whose log lines carry the id of this request. */
export function withRequestId<T>(request: { readonly id: string }, work: () => T): T {
  return current.run(request, work);
}

/**
 * {@link withRequestId} for work that waits for nothing: what it leaves behind doesn't carry the id. A
 * context that is carried along costs as much as a tenth of a small answer.
 */
export function withRequestIdNow<T>(request: { readonly id: string }, work: () => T): T {
  inThisTurn = request;
  try {
    return work();
  } finally {
    inThisTurn = null;
  }
}

/** A log of JSON lines. */
export interface ServerLog extends Logger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** How long lines wait for others while many come. */
const togetherMs = 5;

/**
 * Writes lines that come within a few milliseconds at once, and the rest when the process ends: a write
 * for each line costs more than most answers. A line that comes alone is written in the same turn of
 * the event loop.
 */
export function writeTogether(write: (text: string) => void): (line: string) => void {
  let waiting = '';
  let writtenMs = Number.NEGATIVE_INFINITY;
  const flush = (): void => {
    const text = waiting;
    waiting = '';
    writtenMs = performance.now();
    if (text !== '') write(text);
  };
  process.on('exit', flush);
  return (line) => {
    waiting += line;
    if (waiting.length > line.length) return;
    if (performance.now() - writtenMs > togetherMs) setImmediate(flush);
    else setTimeout(flush, togetherMs);
  };
}

/** One JSON object a line: `time`, `level`, `message`, the request's id where there is one. */
export function createLog(options: {
  readonly debug: boolean;
  readonly write: (line: string) => void;
}): ServerLog {
  const timeNow = createTimeTexts();
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const requestId = (inThisTurn ?? current.getStore())?.id;
      options.write(
        `${JSON.stringify({ time: timeNow(), level, message, requestId, ...fields })}\n`,
      );
    };
  return {
    debug: options.debug ? at('debug') : () => undefined,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}

/** Writing a time takes longer than writing the rest of a line; many lines are of the same millisecond. */
function createTimeTexts(): () => string {
  let knownMs = Number.NaN;
  let text = '';
  return () => {
    const nowMs = Date.now();
    if (nowMs !== knownMs) text = new Date(nowMs).toISOString();
    knownMs = nowMs;
    return text;
  };
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '@ds01/ports';

const current = new AsyncLocalStorage<{ readonly id: string }>();

/** Runs work whose log lines carry the id of this request. */
export function withRequestId<T>(request: { readonly id: string }, work: () => T): T {
  return current.run(request, work);
}

/** A log of JSON lines. */
export interface ServerLog extends Logger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/**
 * Writes what comes in one turn of the event loop at once, and the rest when the process ends: a write
 * for each line costs more than most answers.
 */
export function writeTogether(write: (text: string) => void): (line: string) => void {
  let waiting = '';
  const flush = (): void => {
    const text = waiting;
    waiting = '';
    if (text !== '') write(text);
  };
  process.on('exit', flush);
  return (line) => {
    if (waiting === '') setImmediate(flush);
    waiting += line;
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
      const requestId = current.getStore()?.id;
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

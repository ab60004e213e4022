import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '@ds01/ports';

const current = new AsyncLocalStorage<{ readonly requestId: string }>();

/** Runs work whose log lines carry a request's id. */
export function withRequestId<T>(requestId: string, work: () => T): T {
  return current.run({ requestId }, work);
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
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const time = new Date().toISOString();
      const requestId = current.getStore();
      options.write(`${JSON.stringify({ time, level, message, ...requestId, ...fields })}\n`);
    };
  return {
    debug: options.debug ? at('debug') : () => undefined,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}

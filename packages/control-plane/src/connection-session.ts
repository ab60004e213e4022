import { once } from 'node:events';
import { PassThrough, type Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { EngineSession } from '@ds01/ports';

/**
 * A connection as a session: input and output are its two directions, each ending by itself. It exits
 * with 0 once both have ended; a connection that breaks has ended.
 */
export function sessionOfConnection(connection: Duplex): EngineSession {
  const nothing = new PassThrough();
  nothing.end();
  connection.on('error', () => undefined);
  const both = finished(connection).catch(() => undefined);
  return {
    stdin: connection,
    stdout: connection,
    stderr: nothing,
    tty: false,
    resize: async () => undefined,
    signal: async () => undefined,
    exited: Promise.race([both, once(connection, 'close')]).then(() => 0),
    close: () => connection.destroy(),
  };
}

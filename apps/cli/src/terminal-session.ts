import { pipeline } from 'node:stream/promises';
import type { ApiOptions, ApiSession, TerminalSize } from '@ds01/ports';

/** What a session needs to know of this process's terminal. */
export interface OwnTerminal {
  readonly tty: boolean;
  readonly size: TerminalSize | null;
  readonly env: Readonly<Record<string, string>>;
}

/** This process's terminal: a TTY only when both input and output are one. */
export function ownTerminal(): OwnTerminal {
  const { stdin, stdout } = process;
  if (stdin.isTTY !== true || stdout.isTTY !== true) return { tty: false, size: null, env: {} };
  return {
    tty: true,
    size: { columns: stdout.columns, rows: stdout.rows },
    env: { TERM: process.env['TERM'] ?? 'xterm' },
  };
}

/**
 * Opens a session and connects this process's terminal or pipes with it until the process inside
 * ends; gives its exit code. Under a TTY the terminal is raw (Ctrl-C reaches the process) and resizes
 * follow; else Ctrl-C is passed on as a signal. Before the session is open, Ctrl-C ends the attempt.
 */
export async function runSession(
  open: (options: ApiOptions) => Promise<ApiSession>,
  options: { readonly tty: boolean; readonly signal: AbortSignal },
): Promise<number> {
  const opening = new AbortController();
  let session: ApiSession | null = null;
  const interrupt = (): void => {
    if (session === null) opening.abort();
    else session.signal('SIGINT').catch(() => undefined);
  };
  options.signal.addEventListener('abort', interrupt, { once: true });
  if (options.signal.aborted) opening.abort();
  try {
    session = await open({ signal: opening.signal });
    return await connect(session, options.tty);
  } finally {
    options.signal.removeEventListener('abort', interrupt);
  }
}

async function connect(session: ApiSession, tty: boolean): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const resize = (): void => {
    session.resize({ columns: stdout.columns, rows: stdout.rows }).catch(() => undefined);
  };
  if (tty) {
    stdin.setRawMode(true);
    stdout.on('resize', resize);
  }
  if (session.stdin !== null) pipeline(stdin, session.stdin).catch(() => undefined);
  try {
    await Promise.all([
      pipeline(session.stdout, stdout, { end: false }),
      pipeline(session.stderr, stderr, { end: false }),
    ]);
    return (await session.exited) ?? 0;
  } finally {
    if (tty) {
      stdout.off('resize', resize);
      stdin.setRawMode(false);
    }
    stdin.destroy();
    session.close();
  }
}

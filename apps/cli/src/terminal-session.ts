import { pipeline } from 'node:stream/promises';
import type { EngineSession, TerminalSize } from '@ds01/ports';

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
 * Connects this process's terminal or pipes with a process in a container until it ends, and gives
 * its exit code. Under a TTY the terminal is raw (Ctrl-C reaches the process) and resizes follow.
 */
export async function runSession(
  session: EngineSession,
  options: { readonly tty: boolean },
): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const resize = (): void => {
    session.resize({ columns: stdout.columns, rows: stdout.rows }).catch(() => undefined);
  };
  if (options.tty) {
    stdin.setRawMode(true);
    stdout.on('resize', resize);
  }
  if (session.stdin !== null) {
    pipeline(stdin, session.stdin).catch(() => undefined);
  }
  try {
    await Promise.all([
      pipeline(session.stdout, stdout, { end: false }),
      pipeline(session.stderr, stderr, { end: false }),
    ]);
    return (await session.exited) ?? 0;
  } finally {
    if (options.tty) {
      stdout.off('resize', resize);
      stdin.setRawMode(false);
    }
    stdin.destroy();
    session.close();
  }
}

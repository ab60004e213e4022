import { constants } from 'node:os';
import type { Duplex, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isClosedPipe } from '@ds01/command-line';
import { createTerminalModes, undoModesText } from '@ds01/contracts/core';
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

/** What {@link runSession} connects, besides the streams of this process. */
export interface SessionOptions {
  readonly tty: boolean;
  /** Aborted by an interrupt; ends the attempt while the session is being opened. */
  readonly signal: AbortSignal;
  /** What is typed goes through here first; called with what ends the session from this side. */
  readonly filterInput?: (leave: () => void) => Transform;
}

/** How a connection with a process ended. */
export interface SessionResult {
  /** Of the process; 0 when it was left by keys, 128 and the signal's number when by a signal. */
  readonly code: number;
  /** What ended it: the process inside, keys that were typed, or a signal to this process. */
  readonly endedBy: 'process' | 'keys' | 'signal';
}

/** {@link connectProcess}, for those who need the exit code alone. */
export async function runSession(
  open: (options: ApiOptions) => Promise<ApiSession>,
  options: SessionOptions,
): Promise<number> {
  return (await connectProcess(open, options)).code;
}

/**
 * Opens a session and connects this process's terminal or pipes with it until the process inside
 * ends; gives its exit code. Under a TTY the terminal is raw (Ctrl-C reaches the process), resizes
 * follow, and a signal ends this side only; else signals are passed on. When nobody reads the output
 * any more the process is told by SIGPIPE, and the result is 0 as for every reader that left.
 */
export async function connectProcess(
  open: (options: ApiOptions) => Promise<ApiSession>,
  options: SessionOptions,
): Promise<SessionResult> {
  const opening = new AbortController();
  const interrupt = (): void => opening.abort();
  options.signal.addEventListener('abort', interrupt, { once: true });
  if (options.signal.aborted) interrupt();
  let session: ApiSession;
  try {
    session = await open({ signal: opening.signal });
  } finally {
    options.signal.removeEventListener('abort', interrupt);
  }
  if (options.tty && session.tty !== false) return onTerminal(session, options);
  return { code: await onPipes(session), endedBy: 'process' };
}

/** Signals that are meant for the process inside; SIGHUP is a lost connection, and ends this side. */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const;
const leaving = [...forwarded, 'SIGHUP'] as const;

/** Listens to signals until the returned function is called. */
function onSignals<Name extends NodeJS.Signals>(
  names: readonly Name[],
  act: (name: Name) => void,
): () => void {
  const listeners = names.map((name) => ({ name, listener: () => act(name) }));
  for (const { name, listener } of listeners) process.on(name, listener);
  return () => {
    for (const { name, listener } of listeners) process.off(name, listener);
  };
}

async function onTerminal(session: ApiSession, options: SessionOptions): Promise<SessionResult> {
  const { stdin, stdout } = process;
  const left = Promise.withResolvers<SessionResult>();
  const leaveBy = (signal: (typeof leaving)[number]): void =>
    left.resolve({ code: 128 + constants.signals[signal], endedBy: 'signal' });
  const modes = createTerminalModes();
  session.stdout.on('data', (bytes: Uint8Array) => modes.push(bytes));
  const resize = (): void => {
    session.resize({ columns: stdout.columns, rows: stdout.rows }).catch(() => undefined);
  };
  const stop = onSignals(leaving, leaveBy);
  // The terminal is somebody else's, or gone: nothing can be shown there any more.
  const lose = (): void => leaveBy('SIGHUP');
  stdin.setRawMode(true);
  stdout.on('resize', resize);
  stdin.once('end', lose);
  try {
    const filter = options.filterInput?.(() => left.resolve({ code: 0, endedBy: 'keys' }));
    if (session.stdin !== null) feed(filter === undefined ? [stdin] : [stdin, filter], session);
    const ended = passOutput(session).then((code) => ({ code, endedBy: 'process' }) as const);
    return await Promise.race([ended, left.promise]);
  } finally {
    stop();
    // What a full-screen program switched on is switched off when it is left, or was killed.
    if (stdout.writable) stdout.write(undoModesText(modes.changed()));
    stdout.off('resize', resize);
    stdin.off('end', lose);
    if (!stdin.destroyed) stdin.setRawMode(false);
    stdin.destroy();
    session.close();
  }
}

async function onPipes(session: ApiSession): Promise<number> {
  const { stdin } = process;
  const stop = onSignals(forwarded, (name) => {
    session.signal(name).catch(() => undefined);
  });
  try {
    if (session.stdin !== null) feed([stdin], session);
    return await passOutput(session);
  } catch (error) {
    if (isClosedPipe(error)) await endReading(session);
    throw error;
  } finally {
    stop();
    stdin.destroy();
    session.close();
  }
}

function feed(from: readonly [Readable, ...Duplex[]], { stdin }: ApiSession): void {
  if (stdin !== null) pipeline([...from, stdin]).catch(() => undefined);
}

async function passOutput(session: ApiSession): Promise<number> {
  const { stdout, stderr } = process;
  await Promise.all([
    pipeline(session.stdout, stdout, { end: false }),
    pipeline(session.stderr, stderr, { end: false }),
  ]);
  return (await session.exited) ?? 0;
}

/** How long a process that is told that nobody reads may take to end. */
const lastWordsMs = 1000;

async function endReading(session: ApiSession): Promise<void> {
  const told = session.signal('SIGPIPE').then(() => session.exited);
  const controller = new AbortController();
  const waited = delay(lastWordsMs, undefined, { signal: controller.signal });
  await Promise.race([told, waited]).catch(() => undefined);
  controller.abort();
  waited.catch(() => undefined);
}

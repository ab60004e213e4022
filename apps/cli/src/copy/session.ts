import type { Readable, Writable } from 'node:stream';
import type { Ds01Error } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { InsidePath } from './operands.ts';

/** A process in the container whose streams are copied from and to. */
export interface CopySession {
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its exit code; `null` when the connection was lost. */
  readonly exited: Promise<number | null>;
  /** Gives the process up. */
  readonly close: () => void;
}

/** Starts a program in the container as the container's user, without a terminal. */
export type OpenCopySession = (
  command: readonly string[],
  options: { readonly stdin: boolean },
) => Promise<CopySession>;

/** What copying needs. */
export interface CopyWorld {
  readonly open: OpenCopySession;
  /** Relative local paths are taken from here. */
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Copies what links lead to instead of the links. */
  readonly followLinks: boolean;
  readonly signal: AbortSignal;
  /** Gets a line for each thing that was left out. */
  readonly say: (line: string) => void;
}

/** How a program in the container ended. */
export interface TarOutcome {
  readonly exitCode: number | null;
  /** What it said on stderr, cut and safe to show. */
  readonly said: string;
  /** What kept this side from sending or receiving; `null` when nothing did. */
  readonly failure: Error | null;
}

const keptBytes = 2048;

/**
 * Runs a program in the container while `exchange` feeds and reads it. `exchange` is aborted when the
 * program ends early; when `exchange` fails, the program is given up. Fails with
 * `operation.interrupted` after the world's signal.
 */
export async function runTar(
  world: Pick<CopyWorld, 'open' | 'signal'>,
  command: readonly string[],
  task: {
    readonly stdin: boolean;
    readonly exchange: (session: CopySession, signal: AbortSignal) => Promise<void>;
  },
): Promise<TarOutcome> {
  if (world.signal.aborted) throw interrupted();
  const session = await world.open(command, { stdin: task.stdin });
  const ended = new AbortController();
  const giveUp = (): void => {
    ended.abort();
    session.close();
  };
  world.signal.addEventListener('abort', giveUp, { once: true });
  if (world.signal.aborted) giveUp();
  try {
    const [failure, said, exitCode] = await Promise.all([
      task.exchange(session, ended.signal).then(() => null, asError(giveUp)),
      collect(session.stderr),
      session.exited.finally(() => {
        if (task.stdin) ended.abort();
      }),
    ]);
    if (world.signal.aborted) throw interrupted();
    return { exitCode, said, failure };
  } finally {
    world.signal.removeEventListener('abort', giveUp);
    session.close();
  }
}

/** Fails when tar in the container did: `copy.no-tar`, `copy.failed`. */
export function checkTar(outcome: TarOutcome, place: InsidePath): void {
  const { exitCode, said, failure } = outcome;
  const what = shownPlace(place);
  const missing = tarMissing(outcome, place);
  if (missing !== null) throw missing;
  if (exitCode !== null && exitCode !== 0) {
    throw ds01Error('copy.failed', {
      message: `${what}: ${said === '' ? `tar in the container ended with ${exitCode}` : said}`,
      details: { exitCode },
    });
  }
  if (failure !== null) {
    throw ds01Error('copy.failed', { message: `${what}: ${failure.message}`, cause: failure });
  }
  if (exitCode === null) {
    throw ds01Error('copy.failed', {
      message: `${what}: the connection to the container was lost`,
    });
  }
}

/** The error for a container without tar; `null` when it has one. */
export function tarMissing({ exitCode }: TarOutcome, { container }: InsidePath): Ds01Error | null {
  if (exitCode !== 126 && exitCode !== 127) return null;
  return ds01Error('copy.no-tar', {
    message: 'This image has no tar, which copying needs inside the container.',
    hint: `ds01 container show ${container}`,
  });
}

/** A place inside as it is typed. */
export function shownPlace({ container, path }: InsidePath): string {
  return `${container}:${path}`;
}

/** Text of a stranger for a terminal: one line, no control characters. */
function shownText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
}

function asError(giveUp: () => void): (error: unknown) => Error {
  return (error) => {
    giveUp();
    return error instanceof Error ? error : new Error(String(error));
  };
}

async function collect(stream: Readable): Promise<string> {
  const kept: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array) || size > keptBytes) continue;
      kept.push(chunk);
      size += chunk.length;
    }
  } catch {
    // What came before the connection was lost is all there is.
  }
  return shownText(Buffer.concat(kept).subarray(0, keptBytes).toString('utf8'));
}

function interrupted(): Ds01Error {
  return ds01Error('operation.interrupted', {
    message: 'Interrupted; what was copied so far stays where it is.',
  });
}

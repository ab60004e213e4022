import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInterface } from 'node:readline';
import { buildEventSchema, type BuiltImage, type RouteInput } from '@ds01/contracts';
import { ds01Error, toDs01Error } from '@ds01/contracts/core';
import type { Api, ApiSession } from '@ds01/ports';
import type { BuildProgress } from './build-progress.ts';

/** What a build is run with. */
export interface BuildWorld {
  readonly api: Api;
  readonly progress: BuildProgress;
  readonly signal: AbortSignal;
}

/**
 * Builds an image from a context and gives what was made. An interrupt cancels the build, and waits
 * until that is done. Fails with `operation.interrupted`, with what `archive` fails with, and with the
 * build's own errors, `image.build-failed` among them.
 */
export async function runBuild(
  world: BuildWorld,
  input: RouteInput<'images.build'>,
  archive: AsyncIterable<Uint8Array>,
): Promise<BuiltImage> {
  const { api, progress, signal } = world;
  if (signal.aborted) throw interrupted();
  const session = await api.session('images.build', input, { signal });
  const cancel = (): void => session.close();
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    const reading = readEvents(session.stdout, progress);
    session.stderr.resume();
    const local = send(archive, session);
    const ended = session.exited.then(
      (exitCode) => ({ exitCode, failure: null }),
      (error: unknown) => ({ exitCode: null, failure: toDs01Error(error) }),
    );
    const [built, localFailure, { exitCode, failure }] = await Promise.all([reading, local, ended]);
    if (signal.aborted) throw interrupted();
    // Why this side gave up comes before what the other side made of it.
    if (localFailure !== null) throw localFailure;
    if (failure !== null) throw failure;
    if (built !== null && exitCode === 0) return built;
    throw ds01Error('image.build-failed', {
      message: 'The build ended without saying what it made.',
      hint: `ds01 image log ${input.name}`,
    });
  } finally {
    signal.removeEventListener('abort', cancel);
    session.close();
  }
}

/** Sends the archive; gives what kept this side from reading it, `null` when nothing did. */
async function send(
  archive: AsyncIterable<Uint8Array>,
  session: ApiSession,
): Promise<Error | null> {
  let failure: Error | null = null;
  const chunks = archive[Symbol.asyncIterator]();
  const giveUp = (error: unknown): never => {
    failure = error instanceof Error ? error : new Error(String(error));
    // Without this the other side would build from half a context.
    session.close();
    throw error;
  };
  // Only what reading fails with counts: a pipe that ends throws its own error into its source.
  async function* watched(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const next = await chunks.next().catch(giveUp);
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  }
  if (session.stdin === null) throw new Error('a build takes its context from the session');
  const over = new AbortController();
  const stop = (): void => over.abort();
  session.exited.then(stop, stop);
  try {
    await pipeline(Readable.from(watched()), session.stdin, { signal: over.signal });
  } catch {
    // The other side has ended and says why, or `failure` does.
  }
  return failure;
}

async function readEvents(stdout: Readable, progress: BuildProgress): Promise<BuiltImage | null> {
  let built: BuiltImage | null = null;
  const lines = createInterface({ input: stdout, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) {
      const event = eventOf(line);
      // A later daemon may say more than is understood here.
      if (event === null) continue;
      progress.show(event);
      if (event.event === 'done') built = event.image;
    }
  } catch {
    // A connection that breaks is told by the session's end.
  }
  return built;
}

function eventOf(line: string) {
  try {
    return buildEventSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function interrupted() {
  return ds01Error('operation.interrupted', {
    message: 'The build was cancelled; no image was made.',
  });
}

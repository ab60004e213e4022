import { ds01Error, isDs01Error } from '@ds01/contracts';
import type { PullProgress } from '@ds01/ports';
import { z } from 'zod';
import { linesOf } from './lines.ts';
import { readJson } from './wire.ts';

/** One line of what pulling, pushing and building answer (moby's `jsonmessage`). */
export const progressLineSchema = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  stream: z.string().optional(),
  progressDetail: z
    .object({ current: z.number().optional(), total: z.number().optional() })
    .nullish(),
  aux: z.object({ ID: z.string().optional(), Digest: z.string().optional() }).nullish(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string().optional(), code: z.number().optional() }).nullish(),
});
/** One line of what pulling, pushing and building answer. */
export type ProgressLine = z.infer<typeof progressLineSchema>;

/** The engine's complaint in a line; an answer of 200 says nothing. `null` when there is none. */
export function failureOf(line: ProgressLine): string | null {
  return line.errorDetail?.message ?? line.error ?? null;
}

/** The progress that a line tells of; `null` when it tells something else. */
export function progressOf(line: ProgressLine): PullProgress | null {
  if (line.status === undefined) return null;
  return {
    layer: line.id ?? null,
    status: line.status,
    currentBytes: line.progressDetail?.current ?? null,
    totalBytes: line.progressDetail?.total ?? null,
  };
}

const silenceLimitMs = 10 * 60_000;

/** What is read, and what to say when it goes silent. */
export interface ProgressSource {
  readonly request: { readonly method: 'POST'; readonly path: string };
  readonly signal: AbortSignal | undefined;
  /** Fails the transfer with this code when no line comes for 10 minutes. */
  readonly silence: 'image.pull-failed' | 'image.push-failed';
  /** What is under way: `Pulling a:1`. */
  readonly doing: string;
}

/** Reads the lines of a transfer, which is given up when it makes no progress for too long. */
export async function* transferLines(
  source: ProgressSource,
  open: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>,
): AsyncGenerator<ProgressLine> {
  const silence = new AbortController();
  const giveUp = (): void =>
    silence.abort(
      ds01Error(source.silence, {
        message: `${source.doing} made no progress for ${String(silenceLimitMs / 60_000)} minutes.`,
      }),
    );
  let timer = setTimeout(giveUp, silenceLimitMs);
  const signals = source.signal === undefined ? [silence.signal] : [source.signal, silence.signal];
  try {
    for await (const text of linesOf(await open(AbortSignal.any(signals)))) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, silenceLimitMs);
      yield readJson(progressLineSchema, text, source.request);
    }
  } catch (error) {
    if (silence.signal.aborted && isDs01Error(silence.signal.reason)) throw silence.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

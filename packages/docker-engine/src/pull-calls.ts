import { ds01Error, isDs01Error, type Ds01Error, type ImageReference } from '@ds01/contracts';
import type { ContainerEngine, PullProgress } from '@ds01/ports';
import type Docker from 'dockerode';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { brokenConnection, engineFailure } from './engine-errors.ts';
import { linesOf } from './lines.ts';
import { readJson } from './wire.ts';

const lineSchema = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z
    .object({ current: z.number().optional(), total: z.number().optional() })
    .nullish(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string().optional() }).nullish(),
});
type Line = z.infer<typeof lineSchema>;

const request = { method: 'POST', path: '/images/create' } as const;
const silenceLimitMs = 10 * 60_000;

/** Pulls images. An answer of 200 says nothing: failures come as a line of the progress. */
export function createPullCalls(
  api: EngineApi,
  dockerode: () => Promise<Docker>,
): Pick<ContainerEngine, 'pullImage'> {
  return {
    async pullImage(reference, options) {
      try {
        await pull(reference, options);
      } catch (error) {
        throw pullFailure(error, reference, api.socketPath);
      }
    },
  };

  async function pull(
    reference: ImageReference,
    { signal, onProgress }: Parameters<ContainerEngine['pullImage']>[1],
  ): Promise<void> {
    const docker = await dockerode();
    const silence = new AbortController();
    const restart = watchSilence(silence, reference);
    const abortSignal =
      signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
    try {
      const source: NodeJS.ReadableStream = await docker.pull(reference, { abortSignal });
      for await (const text of linesOf(source)) {
        restart();
        const line = readJson(lineSchema, text, request);
        const failure = line.errorDetail?.message ?? line.error;
        if (failure !== undefined) throw engineFailure(failure, request);
        if (line.status !== undefined) onProgress?.(progressOf(line, line.status));
      }
    } catch (error) {
      if (silence.signal.aborted && isDs01Error(silence.signal.reason)) throw silence.signal.reason;
      throw error;
    } finally {
      restart(0);
    }
  }
}

/** Aborts when nobody calls the returned function for too long; called with 0, it stops. */
function watchSilence(silence: AbortController, reference: string): (limitMs?: number) => void {
  let timer: NodeJS.Timeout | undefined;
  const restart = (limitMs = silenceLimitMs): void => {
    clearTimeout(timer);
    if (limitMs === 0) return;
    timer = setTimeout(() => {
      silence.abort(
        ds01Error('image.pull-failed', {
          message: `Pulling ${reference} made no progress for ${String(limitMs / 60_000)} minutes.`,
          details: { reference },
        }),
      );
    }, limitMs);
  };
  restart();
  return restart;
}

function progressOf(line: Line, status: string): PullProgress {
  return {
    layer: line.id ?? null,
    status,
    currentBytes: line.progressDetail?.current ?? null,
    totalBytes: line.progressDetail?.total ?? null,
  };
}

/** What registries say about an image that doesn't exist or may not be seen. */
const unknownImage =
  /manifest (?:for .* )?(?:unknown|not found)|repository does not exist|name unknown|not found: manifest/i;

function pullFailure(error: unknown, reference: string, socketPath: string): Ds01Error {
  const failure = brokenConnection(error, socketPath, request);
  const missing = failure.code === 'image.not-found' || unknownImage.test(failure.message);
  if (!missing && failure.code !== 'engine.error') return failure;
  return ds01Error(missing ? 'image.not-found' : 'image.pull-failed', {
    message: `${reference} could not be pulled: ${failure.message}`,
    details: { ...failure.details, reference },
    cause: failure,
  });
}

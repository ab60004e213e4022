import { createFrameReader, ds01Error, errorOfProblem, frameKinds } from '@ds01/contracts/core';
import type { LogChunk } from '@ds01/ports';
import type { Answer } from './answer.ts';
import { parsedOrNull, understood } from './answers.ts';
import { loadSchemas } from './load-schemas.ts';

/** Media type of output in frames. */
export const framesMediaType = 'application/vnd.ds01.frames';

/**
 * Chunks of output until its end; an aborted signal ends it quietly. Fails with the daemon's error, and
 * with `daemon.unreachable` where the connection ends before the output does.
 */
export async function* outputOf(
  { body }: Answer,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogChunk> {
  const reader = createFrameReader();
  try {
    for await (const received of body) {
      for (const { kind, bytes } of reader.push(received)) {
        if (kind === frameKinds.exit) return;
        if (kind === frameKinds.error) {
          const text = new TextDecoder().decode(bytes);
          const { problemSchema } = await loadSchemas();
          throw errorOfProblem(understood(problemSchema.safeParse(parsedOrNull(text))));
        }
        yield { stream: kind === frameKinds.stderr ? 'stderr' : 'stdout', bytes };
      }
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    return;
  }
  if (signal?.aborted === true) return;
  throw ds01Error('daemon.unreachable', {
    message: 'The connection to the DS01 daemon was lost.',
    hint: 'ds01 container list',
  });
}

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buildEventSchema, ds01Error, type BuildEvent, type BuiltImage } from '@ds01/contracts';
import type { EngineSession } from '@ds01/ports';
import { z } from 'zod';

/**
 * Sends a context into a build and waits for its image; what the build tells becomes lines of progress.
 * Fails with what the build fails with.
 */
export async function buildFrom(
  context: Readable,
  session: EngineSession,
  onProgress: (line: string) => void,
): Promise<BuiltImage> {
  const { stdin } = session;
  if (stdin === null) throw new Error('a build without input');
  // A build that ends before it has read all says itself why.
  const sent = pipeline(context, stdin).catch(() => undefined);
  let image: BuiltImage | null = null;
  for await (const line of createInterface({ input: session.stdout, crlfDelay: Infinity })) {
    const event = buildEventSchema.parse(z.json().parse(JSON.parse(line)));
    if (event.event === 'done') image = event.image;
    for (const told of linesOf(event)) onProgress(told);
  }
  await session.exited;
  context.destroy();
  await sent;
  if (image !== null) return image;
  throw ds01Error('operation.interrupted', { message: 'The build was cancelled.' });
}

function linesOf(event: BuildEvent): readonly string[] {
  switch (event.event) {
    case 'step':
      return [`step ${event.step}/${event.steps}: ${event.instruction}`];
    case 'cached':
      return [`step ${event.step}: from the cache`];
    case 'output':
      return event.text.split('\n').filter((line) => line.trim() !== '');
    case 'pull':
      return [`${event.reference}: ${String(Math.floor(event.percent))} %`];
    case 'note':
      return [event.text];
    case 'done':
      return [];
  }
}

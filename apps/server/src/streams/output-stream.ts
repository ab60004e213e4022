import { frameHeader, frameKinds, jsonFrame, type Problem } from '@ds01/contracts';
import type { LogChunk } from '@ds01/ports';

/** A body that is read as fast as its reader wants. */
export interface OutputStream {
  readonly readable: ReadableStream<Uint8Array>;
  /** Settles when everything was taken, the reader left, the signal aborted, or the source failed. */
  readonly done: Promise<void>;
}

/** How long the last frames may take once the signal has aborted. */
const farewellMs = 2000;

/** Output in frames, closed by an exit frame, or by an error frame when the source failed. */
export function frameStream(
  chunks: AsyncIterable<LogChunk>,
  options: { readonly signal: AbortSignal; readonly problemOf: (error: unknown) => Problem },
): OutputStream {
  return pulled(framesOf(chunks, options), options);
}

/**
 * Both streams in one, as a terminal shows them. Text has no place for an error: `onBroken` has to
 * break the connection, so that nobody takes a part for the whole.
 */
export function textStream(
  chunks: AsyncIterable<LogChunk>,
  options: { readonly signal: AbortSignal; readonly onBroken: () => void },
): OutputStream {
  return pulled(bytesOf(chunks), options);
}

/** Bytes of any form, as they are. A source that fails has to say so in its own form. */
export function byteStream(
  source: AsyncGenerator<Uint8Array>,
  options: { readonly signal: AbortSignal },
): OutputStream {
  return pulled(source, options);
}

async function* framesOf(
  chunks: AsyncIterable<LogChunk>,
  options: { readonly signal: AbortSignal; readonly problemOf: (error: unknown) => Problem },
): AsyncGenerator<Uint8Array> {
  const { signal, problemOf } = options;
  try {
    for await (const { stream, bytes } of chunks) {
      yield frameHeader(frameKinds[stream], bytes.length);
      yield bytes;
    }
    signal.throwIfAborted();
    yield jsonFrame(frameKinds.exit, { exitCode: null });
  } catch (error) {
    yield jsonFrame(frameKinds.error, problemOf(signal.aborted ? signal.reason : error));
  }
}

async function* bytesOf(chunks: AsyncIterable<LogChunk>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of chunks) yield bytes;
}

function pulled(
  source: AsyncGenerator<Uint8Array>,
  { signal, onBroken }: { readonly signal: AbortSignal; readonly onBroken?: () => void },
): OutputStream {
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => undefined);
  // A source that waits ends by the same signal; nobody may be there to pull what it still has.
  const giveUp = (): void => {
    setTimeout(() => done.resolve(), farewellMs).unref();
  };
  signal.addEventListener('abort', giveUp, { once: true });
  const readable = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await source.next();
        if (next.done === true) {
          controller.close();
          done.resolve();
        } else {
          controller.enqueue(next.value);
        }
      } catch (error) {
        done.reject(error);
        onBroken?.();
        controller.close();
      }
    },
    async cancel() {
      done.resolve();
      await source.return(undefined);
    },
  });
  return { readable, done: done.promise };
}

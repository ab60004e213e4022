import type { Duplex, Writable } from 'node:stream';
import { ds01Error } from '@ds01/contracts';
import type { LogChunk } from '@ds01/ports';

const headerLength = 8;
const noBytes = Buffer.alloc(0);

/**
 * Splits the engine's multiplexed output (8 bytes: stream 0 to 2, three zeros, length big-endian;
 * then the payload). Payloads are passed on as they arrive, so a frame is never collected. Throws
 * `engine.error` for anything else.
 */
export async function* demultiplex(source: AsyncIterable<Uint8Array>): AsyncGenerator<LogChunk> {
  let header: Buffer = noBytes;
  let stream: LogChunk['stream'] = 'stdout';
  let missing = 0;
  for await (const piece of source) {
    let rest = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    while (rest.length > 0) {
      if (missing === 0) {
        const taken = rest.subarray(0, headerLength - header.length);
        header = header.length === 0 ? taken : Buffer.concat([header, taken]);
        rest = rest.subarray(taken.length);
        if (header.length < headerLength) break;
        stream = streamOf(header);
        missing = header.readUInt32BE(4);
        header = noBytes;
        continue;
      }
      const bytes = rest.subarray(0, missing);
      missing -= bytes.length;
      rest = rest.subarray(bytes.length);
      yield { stream, bytes };
    }
  }
}

function streamOf(header: Buffer): LogChunk['stream'] {
  const kind = header.readUInt8(0);
  if (kind > 2 || header.readUIntBE(1, 3) !== 0) {
    throw ds01Error('engine.error', {
      message: 'The engine sent output that is not multiplexed as announced.',
      details: { header: header.toString('hex') },
    });
  }
  return kind === 2 ? 'stderr' : 'stdout';
}

/** Output of a TTY: everything is standard output. */
export async function* asStandardOutput(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<LogChunk> {
  for await (const bytes of source) yield { stream: 'stdout', bytes };
}

/**
 * Writes output to where it belongs, waiting for whoever reads slowly as long as the `source` of the
 * output is open; output of a stream that nobody wants any more (destroyed) is dropped. Ends both
 * streams.
 */
export async function distribute(
  chunks: AsyncIterable<LogChunk>,
  targets: { readonly stdout: Writable; readonly stderr: Writable },
  source: Duplex,
): Promise<void> {
  for await (const { stream, bytes } of chunks) {
    const target = targets[stream];
    if (target.destroyed) continue;
    if (!target.write(bytes)) await drained(target, source);
  }
  targets.stdout.end();
  targets.stderr.end();
}

/** Resolves when `target` takes more, or is gone, or `source` is. */
export function drained(target: Writable, source: Duplex): Promise<void> {
  if (source.destroyed) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    target.off('drain', done);
    target.off('close', done);
    source.off('close', done);
    resolve();
  };
  target.on('drain', done);
  target.on('close', done);
  source.on('close', done);
  return promise;
}

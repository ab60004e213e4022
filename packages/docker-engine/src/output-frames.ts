import { Readable, type Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ds01Error } from '@ds01/contracts';
import type { LogChunk } from '@ds01/ports';
import { createLastOutput } from './last-output.ts';

const headerLength = 8;
const noBytes = Buffer.alloc(0);

/** Takes what a connection carries apart, without copying it. */
type Splitter = (piece: Uint8Array) => readonly LogChunk[];

/**
 * Splits the engine's multiplexed output (8 bytes: stream 0 to 2, three zeros, length big-endian;
 * then the payload). Payloads are passed on as they arrive, so a frame is never collected. Throws
 * `engine.error` for anything else.
 */
export function createSplitter(): Splitter {
  let header: Buffer = noBytes;
  let stream: LogChunk['stream'] = 'stdout';
  let missing = 0;
  return (piece) => {
    const chunks: LogChunk[] = [];
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
      chunks.push({ stream, bytes });
    }
    return chunks;
  };
}

/** Output of a TTY: everything is standard output. */
export const asStandardOutput: Splitter = (bytes) => [{ stream: 'stdout', bytes }];

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

/** The chunks of a whole answer, in order. */
export async function* chunksOf(
  source: AsyncIterable<Uint8Array>,
  split: Splitter,
): AsyncGenerator<LogChunk> {
  for await (const piece of source) yield* split(piece);
}

/** Two outputs that share a connection. */
export interface SharedOutputs {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the connection ended; rejects when it broke. The outputs are ended by the caller. */
  readonly received: Promise<void>;
}

const outputBufferBytes = 262_144;

/**
 * Reads a connection as fast as both outputs are read: while one of them is full, the other waits
 * too, unless the process has ended. Output of a stream that nobody wants any more (destroyed) is
 * dropped.
 */
export function shareOutputs(
  socket: Duplex,
  split: Splitter,
  hasEnded: () => Promise<boolean>,
): SharedOutputs {
  const full = new Set<LogChunk['stream']>();
  const last = createLastOutput({
    isStalled: () => full.size > 0,
    hasEnded,
    goOn: () => void socket.resume(),
  });
  socket.once('close', () => last.stop());
  const goOn = (stream: LogChunk['stream']): void => {
    if (full.delete(stream) && full.size === 0) socket.resume();
  };
  const output = (stream: LogChunk['stream']): Readable =>
    new Readable({
      highWaterMark: outputBufferBytes,
      read: () => goOn(stream),
      destroy: (error, done) => {
        goOn(stream);
        done(error);
      },
    });
  const outputs = { stdout: output('stdout'), stderr: output('stderr') };
  const received = finished(socket, { readable: true, writable: false });
  socket.on('data', (piece: Uint8Array) => {
    try {
      for (const { stream, bytes } of split(piece)) {
        const target = outputs[stream];
        if (!target.destroyed && !target.push(bytes)) full.add(stream);
      }
      if (last.hasRoomAfter(piece.length) || full.size === 0) return;
      socket.pause();
      last.stalled();
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  return { ...outputs, received };
}

import { ds01Error } from './errors.ts';
import { frameHeaderBytes, frameKinds, maxFrameBytes } from './wire.ts';

/** One byte that says what a frame is. */
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

/** A frame, or a piece of one: payloads of streams are passed on as they arrive. */
export interface FramePiece {
  readonly kind: FrameKind;
  /** A view of what was pushed, valid as long as that is. */
  readonly bytes: Uint8Array;
}

const streamed: ReadonlySet<number> = new Set([
  frameKinds.stdin,
  frameKinds.stdout,
  frameKinds.stderr,
]);

/** The bytes before a payload of `length` bytes. */
export function frameHeader(kind: FrameKind, length: number): Uint8Array {
  const header = new Uint8Array(frameHeaderBytes);
  header[0] = kind;
  new DataView(header.buffer).setUint32(1, length);
  return header;
}

/** A frame with a JSON payload. */
export function jsonFrame(kind: FrameKind, value: unknown): Uint8Array {
  const payload = new TextEncoder().encode(JSON.stringify(value));
  const frame = new Uint8Array(frameHeaderBytes + payload.length);
  frame.set(frameHeader(kind, payload.length));
  frame.set(payload, frameHeaderBytes);
  return frame;
}

/** Takes a byte stream apart. */
export interface FrameReader {
  /**
   * The frames in what was received, in order. Payloads of streams come in pieces; those of other
   * kinds are collected, and come whole. Fails with `request.invalid` for bytes that are no frames.
   */
  push(chunk: Uint8Array): readonly FramePiece[];
}

/** A reader at the beginning of a stream. */
export function createFrameReader(): FrameReader {
  const header = new Uint8Array(frameHeaderBytes);
  let headerLength = 0;
  let kind: FrameKind = frameKinds.stdin;
  let missing = 0;
  let collected: Uint8Array | null = null;
  const begin = (pieces: FramePiece[]): void => {
    headerLength = 0;
    kind = kindOf(header[0] ?? 255);
    missing = new DataView(header.buffer).getUint32(1);
    if (missing > maxFrameBytes) throw broken(`a frame of ${missing} bytes`);
    collected = streamed.has(kind) ? null : new Uint8Array(missing);
    if (missing === 0) pieces.push({ kind, bytes: collected ?? new Uint8Array(0) });
  };
  const take = (bytes: Uint8Array, pieces: FramePiece[]): void => {
    if (collected === null) {
      pieces.push({ kind, bytes });
    } else {
      collected.set(bytes, collected.length - missing);
      if (missing === bytes.length) pieces.push({ kind, bytes: collected });
    }
    missing -= bytes.length;
  };
  return {
    push(chunk) {
      const pieces: FramePiece[] = [];
      let at = 0;
      while (at < chunk.length) {
        const wanted = missing === 0 ? frameHeaderBytes - headerLength : missing;
        const part = chunk.subarray(at, at + wanted);
        at += part.length;
        if (missing === 0) {
          header.set(part, headerLength);
          headerLength += part.length;
          if (headerLength === frameHeaderBytes) begin(pieces);
        } else {
          take(part, pieces);
        }
      }
      return pieces;
    },
  };
}

function kindOf(byte: number): FrameKind {
  const known = Object.values(frameKinds).find((kind) => kind === byte);
  if (known === undefined) throw broken(`a frame of the unknown kind ${byte}`);
  return known;
}

function broken(what: string): Error {
  return ds01Error('request.invalid', {
    message: `The connection carries something else than a session: ${what}.`,
    hint: 'ds01 version',
  });
}

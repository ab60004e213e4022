import { Duplex } from 'node:stream';
import {
  createTaken,
  createWindow,
  maxWebSocketMessageBytes,
  type Window,
} from '@ds01/contracts/core';
import {
  sessionOpeningSchema,
  sessionTakenSchema,
  type SessionOpening,
} from '@ds01/contracts/service';
import { ds01Error } from '@ds01/contracts';
import type { RawData, WebSocket } from 'ws';

/** A WebSocket as a connection for frames. */
export interface WebSocketStream {
  /**
   * What is written at once is one message; what is read are the binary messages of the client, one behind
   * the other. Its end is the end of the WebSocket. Before {@link opening} nothing is to be read.
   */
  readonly stream: Duplex;
  /** The first message. Fails with `request.invalid` for one that is something else, and without one. */
  readonly opening: Promise<SessionOpening>;
  /** Sends a text, past everything that is still to be written. */
  readonly say: (value: unknown) => void;
}

/** As many bytes of a client's wait here for the process, and with a window no more are under way. */
export const inputWindowBytes = 262_144;

/** Bytes of input that may wait with a window: what may be under way, and a message more. */
const mostInput = inputWindowBytes + maxWebSocketMessageBytes;

/** How a client ends on purpose: with the usual status, or without one. */
const onPurpose: ReadonlySet<number> = new Set([1000, 1005]);
const normalClosure = 1000;
const unsupportedData = 1003;
/** How long who sent something else has to read so. */
const lastWordMs = 1000;

/**
 * Takes a WebSocket over. Both directions are held back: output by what the socket still has to write,
 * and by what the client says it has taken where it gave a window; input by not reading the socket, or
 * by not saying that it was taken.
 */
export function createWebSocketStream(socket: WebSocket): WebSocketStream {
  const opening = Promise.withResolvers<SessionOpening>();
  opening.promise.catch(() => undefined);
  const say = (value: unknown): void => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(value));
  };
  let output: Window | null = null;
  let hasOpened = false;
  let isEnding = false;
  const stream = new Duplex({
    readableHighWaterMark: inputWindowBytes,
    read: () => socket.resume(),
    writev: (chunks, done) => {
      const bytes = Buffer.concat(chunks.map(({ chunk }) => chunk as Uint8Array));
      if (socket.readyState !== socket.OPEN) return done(new Error('the connection is closed'));
      output?.sent(bytes.length);
      socket.send(bytes, (error) => {
        if (output === null || error) done(error ?? null);
        else output.whenOpen(done);
      });
    },
    final: (done) => {
      isEnding = true;
      socket.close(normalClosure);
      done();
    },
    destroy: (error, done) => {
      opening.reject(notOpened());
      socket.terminate();
      done(error);
    },
  });
  const open = (first: SessionOpening): void => {
    hasOpened = true;
    const { windowBytes } = first;
    if (windowBytes !== undefined) {
      output = createWindow(windowBytes);
      const take = createTaken(inputWindowBytes, (taken) => say({ taken }));
      // Counted as it is taken out, not as it arrives.
      stream.pause();
      stream.on('data', (bytes: Uint8Array) => take(bytes.length));
    }
    opening.resolve(first);
  };
  const holdBack = (): void => {
    if (output === null) socket.pause();
    // With a window it must be read from, or it would not be heard what was taken.
    else if (stream.readableLength > mostInput) throw new Error('more than the window was sent');
  };
  socket.on('message', (data, isBinary) => {
    if (isEnding) return;
    try {
      const bytes = bytesOf(data);
      if (!hasOpened && !isBinary) open(sessionOpeningSchema.parse(jsonIn(bytes)));
      else if (!hasOpened) throw new Error('the first message is a text');
      else if (!isBinary) told(output, bytes);
      else if (!stream.push(bytes)) holdBack();
    } catch (error) {
      opening.reject(notOpened(error));
      if (!hasOpened) return;
      isEnding = true;
      socket.close(unsupportedData);
      setTimeout(() => stream.destroy(), lastWordMs).unref();
    }
  });
  socket.on('error', () => undefined);
  socket.once('close', (code) => {
    // What came before the end is still for the process, unless nobody is there to get the answer.
    if (onPurpose.has(code) && hasOpened && !isEnding) stream.push(null);
    else stream.destroy();
  });
  stream.on('error', () => undefined);
  return { stream, opening: opening.promise, say };
}

/** What a text behind the first says. Fails for anything but what a window needs. */
function told(output: Window | null, bytes: Uint8Array): void {
  const { taken } = sessionTakenSchema.parse(jsonIn(bytes));
  if (output === null) throw new Error('there is no window');
  output.taken(taken);
}

function jsonIn(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** One buffer: other forms are only given where they were asked for. */
function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

function notOpened(cause?: unknown) {
  return ds01Error('request.invalid', {
    message: 'The first message of a session is a text with its input: {"input": {…}}.',
    hint: 'GET /openapi.json says what belongs into the input',
    ...(cause === undefined ? {} : { cause }),
  });
}

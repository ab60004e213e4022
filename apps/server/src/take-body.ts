import type { Duplex } from 'node:stream';
import { ds01Error } from '@ds01/contracts';
import { maxBodyBytes, maxDroppedBytes, tooLarge } from './read-body.ts';

/** The body of a request that upgrades, and what came behind it. */
export interface TakenBody {
  readonly body: Promise<Uint8Array>;
  /** Bytes behind the body that were received with it; the socket is paused. */
  rest(): Uint8Array;
}

/** A peer that sends its request more slowly than this is not waited for. */
const timeoutMs = 30_000;

/** Node hands an upgraded connection over right behind the headers; the body is still to come. */
export function takeBody(
  socket: Duplex,
  head: Uint8Array,
  announced: string | undefined,
): TakenBody {
  const length = Number(announced ?? 0);
  let received: Uint8Array = head;
  const collect = async (): Promise<Uint8Array> => {
    if (!Number.isSafeInteger(length) || length < 0 || length > maxDroppedBytes) throw tooLarge();
    const chunks: Uint8Array[] = [head];
    let have = head.length;
    while (have < length) {
      const chunk = await nextChunk(socket);
      if (length <= maxBodyBytes) chunks.push(chunk);
      have += chunk.length;
    }
    if (length > maxBodyBytes) throw tooLarge();
    received = Buffer.concat(chunks);
    return received.subarray(0, length);
  };
  const body = collect();
  body.catch(() => undefined);
  return { body, rest: () => received.subarray(length) };
}

function nextChunk(socket: Duplex): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      socket.pause();
      socket.off('data', onData);
      socket.off('end', onClose);
      socket.off('close', onClose);
      settle();
    };
    const onData = (chunk: Uint8Array): void => finish(() => resolve(chunk));
    const onClose = (): void => finish(() => reject(incomplete()));
    const timer = setTimeout(() => finish(() => reject(incomplete())), timeoutMs);
    socket.on('data', onData);
    socket.on('end', onClose);
    socket.on('close', onClose);
    if (socket.readableEnded || socket.destroyed) onClose();
    else socket.resume();
  });
}

function incomplete() {
  return ds01Error('request.invalid', {
    message: 'The request ended before its body was complete.',
    hint: 'send as many bytes as content-length says',
  });
}

import type { Duplex } from 'node:stream';
import { ds01Error } from '@ds01/contracts';
import type { BodyRoom } from '../doors/body-room.ts';
import { bodyTimeoutMs, maxBodyBytes, maxDroppedBytes, tooLarge } from './read-body.ts';

/** The body of a request that upgrades, and what came behind it. */
export interface TakenBody {
  /**
   * Receives it, once; nothing is before that. Fails with `request.too-large`, `request.invalid`, and
   * `rate.limited` without room for it.
   */
  receive(room: Pick<BodyRoom, 'take'>): Promise<Uint8Array>;
  /** Bytes behind the body that were received with it; the socket is paused. */
  rest(): Uint8Array;
}

/** Node hands an upgraded connection over right behind the headers; the body is still to come. */
export function takeBody(
  socket: Duplex,
  head: Uint8Array,
  announced: string | undefined,
): TakenBody {
  const length = Number(announced ?? 0);
  let received: Uint8Array = head;
  return {
    async receive(room) {
      if (!Number.isSafeInteger(length) || length < 0 || length > maxDroppedBytes) throw tooLarge();
      const untilMs = performance.now() + bodyTimeoutMs;
      const chunks: Uint8Array[] = [head];
      let have = head.length;
      while (have < length) {
        const chunk = await nextChunk(socket, untilMs - performance.now());
        have += chunk.length;
        if (length > maxBodyBytes) continue;
        room.take(chunk.length);
        chunks.push(chunk);
      }
      if (length > maxBodyBytes) throw tooLarge();
      received = Buffer.concat(chunks);
      return received.subarray(0, length);
    },
    rest: () => received.subarray(length),
  };
}

function nextChunk(socket: Duplex, timeoutMs: number): Promise<Uint8Array> {
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

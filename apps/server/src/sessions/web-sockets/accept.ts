import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { maxWebSocketMessageBytes, webSocketProtocol } from '@ds01/contracts/core';
import { WebSocketServer, type WebSocket } from 'ws';

/** How long the answer to a close may take: what is still on its way to a slow reader goes first. */
const closeTimeoutMs = 120_000;

/**
 * Bounds of what one connection may make the daemon keep. A message in more pieces, or one that comes in
 * fewer bytes at a time, costs more than its bytes. Compression would let a few bytes become many.
 */
const bounds = {
  maxPayload: maxWebSocketMessageBytes,
  maxFragments: 1024,
  maxBufferedChunks: 4096,
  maxPendingAutoPongs: 16,
  perMessageDeflate: false,
  closeTimeout: closeTimeoutMs,
} as const;

/** Finishes handshakes; a connection that broke before rejects. */
export type AcceptWebSocket = (
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
) => Promise<WebSocket>;

/** Answers with our subprotocol, never with that of a token. The handshake was looked at before. */
export function createAcceptWebSocket(): AcceptWebSocket {
  const server = new WebSocketServer({
    ...bounds,
    noServer: true,
    clientTracking: false,
    handleProtocols: () => webSocketProtocol,
  });
  // Else it would answer by itself, as no other answer of ours is.
  server.on('wsClientError', (_error, socket) => socket.destroy());
  return (message, socket, head) =>
    new Promise((resolve, reject) => {
      const gone = (): void => reject(new DOMException('The connection ended.', 'AbortError'));
      if (socket.destroyed) return gone();
      socket.once('close', gone);
      server.handleUpgrade(message, socket, head, (accepted) => {
        socket.off('close', gone);
        resolve(accepted);
      });
    });
}

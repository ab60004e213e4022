import { frameKinds, jsonFrame } from '@ds01/contracts';
import { maxWebSocketMessageBytes } from '@ds01/contracts/core';
import type { SessionOpened } from '@ds01/contracts/service';
import type { WebSocket } from 'ws';
import { farewellMs } from '../connect-session.ts';
import { bodyTimeoutMs } from '../../bodies/read-body.ts';
import type { SessionCarrier, Upgrading } from '../session-carrier.ts';
import type { AcceptWebSocket } from './accept.ts';
import { keepAsking } from './heartbeat.ts';
import { callerOf, refuseOtherHandshakes } from './offered.ts';
import {
  createWebSocketStream,
  inputWindowBytes,
  type WebSocketStream,
} from './web-socket-stream.ts';

/** A session that is asked for as a WebSocket. */
export interface WebSocketUpgrading extends Upgrading {
  readonly query: URLSearchParams;
  readonly accept: AcceptWebSocket;
}

/**
 * A session over a WebSocket: the input is its first message, frames are binary messages. What is refused
 * once it is known what is asked for is an error frame behind the handshake, since pages are never shown
 * the answer to one that failed. Of somebody who isn't known no message is looked at. Fails as
 * {@link refuseOtherHandshakes} does.
 */
export function createWebSocketCarrier(upgrading: WebSocketUpgrading): SessionCarrier {
  const { message, socket, head, query, accept } = upgrading;
  refuseOtherHandshakes(message);
  let opened: WebSocketStream | null = null;
  return {
    caller: callerOf(message, query),
    async readInput(room) {
      room.take(maxWebSocketMessageBytes);
      const webSocket = await accept(message, socket, head);
      keepAsking(webSocket);
      opened = createWebSocketStream(webSocket);
      const { stream, opening } = opened;
      const tooSlow = setTimeout(() => stream.destroy(), bodyTimeoutMs);
      try {
        return (await opening).input;
      } finally {
        clearTimeout(tooSlow);
      }
    },
    open({ version, requestId, tty = null }) {
      if (opened === null) throw new Error('nothing was received');
      const said: SessionOpened = { requestId, version, tty, windowBytes: inputWindowBytes };
      opened.say(said);
      return { socket: opened.stream, early: new Uint8Array(0) };
    },
    refuse(problem) {
      const frame = jsonFrame(frameKinds.error, problem);
      if (opened === null) {
        accept(message, socket, head).then(
          (webSocket) => sayGoodbye(webSocket, frame),
          () => socket.destroy(),
        );
        return;
      }
      const { stream } = opened;
      if (stream.destroyed || !stream.writable) return;
      stream.end(frame);
      setTimeout(() => stream.destroy(), farewellMs).unref();
    },
  };
}

/** Nobody listens to what still comes. */
function sayGoodbye(webSocket: WebSocket, frame: Uint8Array): void {
  webSocket.on('error', () => undefined);
  webSocket.send(frame);
  webSocket.close();
  setTimeout(() => webSocket.terminate(), farewellMs).unref();
}

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ds01Error, sessionProtocol, wireHeaders, type Problem } from '@ds01/contracts';
import { farewellMs } from './connect-session.ts';
import type { BodyRoom } from '../doors/body-room.ts';
import { headersOfProblem } from '../problem-response.ts';
import { parseBody } from '../bodies/read-body.ts';
import { takeBody } from '../bodies/take-body.ts';
import type { CallerHeaders } from './web-sockets/offered.ts';

/** What came in with a request that upgrades. */
export interface Upgrading {
  readonly message: IncomingMessage;
  readonly socket: Socket;
  /** What was received behind its head. */
  readonly head: Buffer;
}

/** What every answer to an upgrade says. */
export interface SessionHead {
  readonly version: string;
  readonly requestId: string;
  /** When the token of the request ends, where that is soon and it is known by then. */
  readonly tokenExpires?: string;
}

/** A connection that carries frames. */
export interface SessionConnection {
  readonly socket: Duplex;
  /** What of the client's frames was received already. */
  readonly early: Uint8Array;
}

/** One way in which a session is asked for, and its frames are carried. */
export interface SessionCarrier {
  /** Headers that say who calls. */
  readonly caller: CallerHeaders;
  /** Receives the input, without what stands in the path; called once the caller is known. */
  readInput(room: BodyRoom): Promise<Readonly<Record<string, unknown>>>;
  /** Says that the session is open. */
  open(head: SessionHead & { readonly tty: boolean | undefined }): SessionConnection;
  /** Says why it is not, and hangs up. */
  refuse(problem: Problem, head: SessionHead): void;
}

/**
 * An upgrade to our own protocol: the input is the body of the request, after `101` come frames. Fails
 * with `request.invalid` for a body in chunks: it would be taken for frames, as who says so in between
 * sees another request than we do.
 */
export function createUpgradeCarrier({ message, socket, head }: Upgrading): SessionCarrier {
  const { headers } = message;
  if (headers['transfer-encoding'] !== undefined) {
    throw ds01Error('request.invalid', {
      message: 'A request that upgrades has to say with content-length how long its body is.',
      hint: 'send content-length instead of transfer-encoding',
    });
  }
  const taken = takeBody(socket, head, headers['content-length']);
  return {
    caller: message,
    readInput: async (room) => parseBody(await taken.receive(room), headers['content-type']),
    open({ tty, ...said }) {
      socket.setNoDelay(true);
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n' +
          `upgrade: ${sessionProtocol}\r\n${linesOf(said)}` +
          `${tty === undefined ? '' : `${wireHeaders.tty}: ${String(tty)}\r\n`}\r\n`,
      );
      return { socket, early: taken.rest() };
    },
    refuse: (problem, said) => refusePlainly(socket, problem, said),
  };
}

/** Answers an upgrade with a problem, as any request is answered. */
export function refusePlainly(socket: Duplex, problem: Problem, said: SessionHead): void {
  if (socket.destroyed || !socket.writable) return;
  const body = JSON.stringify(problem);
  const more = Object.entries(headersOfProblem(problem)).map(
    ([key, value]) => `${key}: ${value}\r\n`,
  );
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title.replaceAll(/[^ -~]/g, '')}\r\n` +
      `${more.join('')}content-length: ${Buffer.byteLength(body)}\r\n` +
      `${linesOf(said)}connection: close\r\n\r\n${body}`,
  );
  // What is still being sent is thrown away, and who doesn't hang up is hung up on.
  socket.resume();
  setTimeout(() => socket.destroy(), farewellMs).unref();
}

function linesOf({ version, requestId, tokenExpires }: SessionHead): string {
  const expiry =
    tokenExpires === undefined ? '' : `${wireHeaders.tokenExpires}: ${tokenExpires}\r\n`;
  return `${wireHeaders.serverVersion}: ${version}\r\n${wireHeaders.requestId}: ${requestId}\r\n${expiry}`;
}

import { createFrameReader, frameHeader, frameKinds, problemSchema } from '@ds01/contracts';
import { webSocketProtocol, webSocketTokenPrefix } from '@ds01/contracts/core';
import { WebSocket, type ClientOptions } from 'ws';
import { secretOf, type SessionServer } from './session-server.ts';

/** Path of a shell. */
export const execPath = '/api/v1/containers/thesis/exec';
/** The opening of a shell at a terminal. */
export const shellOpening = {
  input: { command: null, tty: true, stdin: true, size: { columns: 80, rows: 24 } },
};

/** How a WebSocket is asked for. */
export interface Dialling extends Pick<ClientOptions, 'origin' | 'headers'> {
  readonly path?: string;
  readonly token?: string | null;
  /** Instead of ours, and the token’s. */
  readonly protocols?: readonly string[];
}

/** The subprotocol that a token is sent in. */
export function tokenProtocol(token: string): string {
  return webSocketTokenPrefix + Buffer.from(token).toString('base64url');
}

/** A program that speaks WebSocket, and what it was told. */
export function dial(server: Pick<SessionServer, 'port'>, how: Dialling = {}) {
  const { path = execPath, token = null, protocols, ...options } = how;
  const offered = protocols ?? [
    webSocketProtocol,
    ...(token === null ? [] : [tokenProtocol(token)]),
  ];
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, [...offered], options);
  const texts: unknown[] = [];
  const frames: { kind: number; text: string }[] = [];
  const reader = createFrameReader();
  const waiting: (() => void)[] = [];
  let received = 0;
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) {
      received += data.length;
      for (const { kind, bytes } of reader.push(data)) {
        frames.push({ kind, text: Buffer.from(bytes).toString() });
      }
    } else {
      texts.push(JSON.parse(data.toString()));
    }
    for (const look of waiting) look();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  return {
    socket,
    texts,
    frames,
    closed,
    /** Bytes of frames. */
    received: () => received,
    /** Status of the answer to a handshake that was refused. */
    refused: new Promise<number | undefined>((resolve) => {
      socket.once('unexpected-response', (_, answer) => {
        socket.terminate();
        resolve(answer.statusCode);
      });
    }),
    opened: new Promise<void>((resolve) => socket.once('open', resolve)),
    /** Resolves once it holds. */
    until: (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = (): void => void (holds() && resolve());
        waiting.push(look);
        look();
      }),
    say: (value: unknown) => socket.send(JSON.stringify(value)),
    output: () => frames.map(({ kind, text }) => (kind === frameKinds.stdout ? text : '')).join(''),
    /** Code of the error that it ended with. */
    async failure(): Promise<string | null> {
      await closed;
      const last = frames.at(-1);
      if (last?.kind !== frameKinds.error) return null;
      return problemSchema.parse(JSON.parse(last.text)).code;
    },
  };
}

/** Input of a process as a frame. */
export function stdinFrame(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Buffer.concat([frameHeader(frameKinds.stdin, bytes.length), bytes]);
}

/** A shell that runs, opened with a token that may. */
export async function openShell(server: SessionServer, opening: object = shellOpening) {
  const next = server.next();
  const client = dial(server, { token: secretOf('write') });
  await client.opened;
  client.say(opening);
  const { inside, signal } = await next;
  await client.until(() => client.texts.length > 0);
  return { client, inside, signal };
}

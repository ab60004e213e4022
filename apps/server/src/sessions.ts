import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import {
  ds01Error,
  problemOf,
  routeIds,
  routes,
  sessionProtocol,
  wireHeaders,
  type Problem,
  type SessionId,
} from '@ds01/contracts';
import type { Operations } from '@ds01/control-plane';
import { connectSession, type LiveSessions } from './connect-session.ts';
import { exchange, type ExchangeDependencies } from './exchange.ts';
import { problemFor, problemMediaType } from './problem-response.ts';
import { parseBody } from './read-body.ts';
import { takeBody } from './take-body.ts';

/** What sessions are made of. */
export interface SessionDependencies extends ExchangeDependencies {
  readonly operations: Operations;
  readonly accepting: () => boolean;
  readonly live: LiveSessions;
}

/**
 * Answers requests that want to upgrade. The request carries its input as a body, as any POST; a
 * refusal is a plain response with a problem. After `101` the connection carries frames.
 */
export function createSessionHandler(deps: SessionDependencies) {
  return (message: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => undefined);
    const running = deps.requests.begin();
    const drop = (): void => running.abort();
    socket.once('close', drop);
    open(deps, { message, socket, head, running })
      .catch((error: unknown) => {
        refuse(socket, problemFor(error, running.id, deps.log), deps.version);
      })
      .finally(() => running.end());
  };
}

async function open(
  deps: SessionDependencies,
  incoming: {
    readonly message: IncomingMessage;
    readonly socket: Duplex;
    readonly head: Buffer;
    readonly running: ReturnType<ExchangeDependencies['requests']['begin']>;
  },
): Promise<void> {
  const { message, socket, head, running } = incoming;
  if (!(socket instanceof Socket)) throw new Error('the connection is no socket');
  if (!deps.accepting()) {
    throw ds01Error('daemon.busy', {
      message: 'The DS01 daemon is being restarted.',
      hint: 'run the same command again in a moment',
    });
  }
  const found = matchSession(message);
  if (found === null) {
    throw ds01Error('route.not-found', {
      message: 'There is no session at this path.',
      hint: 'GET /api/v1/version',
    });
  }
  const { id, parameters } = found;
  const taken = takeBody(socket, head, message.headers['content-length']);
  const readInput = async () => ({
    ...parseBody(await taken.body, message.headers['content-type']),
    ...parameters,
  });
  await exchange(
    deps,
    { id, message, socket, running, dryRun: false, readInput },
    async ({ person, input }) => {
      const { signal } = running;
      const session = await deps.operations.session(id, person, input as never, { signal });
      if (socket.destroyed) {
        session.close();
        return;
      }
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n' +
          `upgrade: ${sessionProtocol}\r\n${wireHeaders.requestId}: ${running.id}\r\n` +
          `${wireHeaders.serverVersion}: ${deps.version}\r\n\r\n`,
      );
      // From here on a broken connection leaves the process alone.
      await connectSession(session, {
        socket,
        early: taken.rest(),
        live: deps.live,
        log: deps.log,
      });
    },
  );
}

function matchSession(message: IncomingMessage) {
  if (message.headers.upgrade !== sessionProtocol) return null;
  const { pathname } = new URL(message.url ?? '/', 'http://ds01');
  for (const id of routeIds) {
    const route = routes[id];
    if (route.kind !== 'session' || route.method !== message.method) continue;
    const pattern = route.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const groups = new RegExp(`^${pattern}$`).exec(pathname)?.groups;
    if (groups === undefined) continue;
    const parameters = Object.fromEntries(
      Object.entries(groups).map(([key, value]) => [key, decoded(value)]),
    );
    return { id: id as SessionId, parameters };
  }
  return null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refuse(socket: Duplex, problem: Problem, version: string): void {
  if (socket.destroyed || !socket.writable) return;
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title.replaceAll(/[^ -~]/g, '')}\r\n` +
      `content-type: ${problemMediaType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `${wireHeaders.serverVersion}: ${version}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** A problem for whoever is connected when the daemon ends. */
export function endingProblem(): Problem {
  return problemOf(
    ds01Error('daemon.unreachable', {
      message: 'The DS01 daemon is being restarted; the process inside goes on.',
      hint: 'ds01 container list',
    }),
  );
}

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import { problemOf, ds01Error, sessionProtocol, wireHeaders, type Problem } from '@ds01/contracts';
import type { Operations } from '@ds01/control-plane';
import { connectSession, farewellMs, type LiveSessions } from './connect-session.ts';
import type { BodyRoom } from './doors/body-room.ts';
import { dryRunOf, refuseDryRun } from './dry-run.ts';
import { exchange, restarting, type ExchangeDependencies } from './exchange.ts';
import { matchSession } from './match-session.ts';
import { headersOfProblem, problemFor } from './problem-response.ts';
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
        const problem = problemFor(error, running.id, deps.log);
        refuse(socket, problem, { version: deps.version, requestId: running.id });
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
  if (!deps.accepting()) throw restarting();
  const { id, parameters, query } = matchSession(message);
  refuseDryRun(dryRunOf(query.getAll('dryRun')));
  refuseChunks(message);
  const taken = takeBody(socket, head, message.headers['content-length']);
  const readInput = async (room: BodyRoom) => ({
    ...parseBody(await taken.receive(room), message.headers['content-type']),
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
      const { tty } = session;
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n' +
          `upgrade: ${sessionProtocol}\r\n${wireHeaders.requestId}: ${running.id}\r\n` +
          `${wireHeaders.serverVersion}: ${deps.version}\r\n` +
          `${tty === undefined ? '' : `${wireHeaders.tty}: ${String(tty)}\r\n`}\r\n`,
      );
      // From here on a broken connection leaves a process alone; a build it cancels.
      const isBuild = id === 'images.build';
      const failure = await connectSession(session, {
        socket,
        early: taken.rest(),
        live: deps.live,
        log: deps.log,
        ...(isBuild ? { cancel: () => running.abort(buildEnds()) } : {}),
      });
      // Its client was told; audit and log have to say so, too.
      if (isBuild && failure !== null) throw failure;
    },
  );
}

/** A body in chunks would be taken for frames: who says so in between sees another request than we do. */
function refuseChunks({ headers }: IncomingMessage): void {
  if (headers['transfer-encoding'] === undefined) return;
  throw ds01Error('request.invalid', {
    message: 'A request that upgrades has to say with content-length how long its body is.',
    hint: 'send content-length instead of transfer-encoding',
  });
}

function refuse(
  socket: Duplex,
  problem: Problem,
  { version, requestId }: { readonly version: string; readonly requestId: string },
): void {
  if (socket.destroyed || !socket.writable) return;
  const body = JSON.stringify(problem);
  const more = Object.entries(headersOfProblem(problem)).map(
    ([key, value]) => `${key}: ${value}\r\n`,
  );
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title.replaceAll(/[^ -~]/g, '')}\r\n` +
      `${more.join('')}content-length: ${Buffer.byteLength(body)}\r\n` +
      `${wireHeaders.serverVersion}: ${version}\r\n${wireHeaders.requestId}: ${requestId}\r\n` +
      `connection: close\r\n\r\n${body}`,
  );
  // What is still being sent is thrown away, and who doesn't hang up is hung up on.
  socket.resume();
  setTimeout(() => socket.destroy(), farewellMs).unref();
}

/** Why a build that is under way ends with the daemon. */
function buildEnds() {
  return ds01Error('daemon.busy', {
    message: 'The DS01 daemon is being restarted, and the build was cancelled.',
    hint: 'run the same command again in a moment',
  });
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

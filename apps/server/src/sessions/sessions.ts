import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import { problemOf, ds01Error, type Problem } from '@ds01/contracts';
import type { Operations } from '@ds01/control-plane';
import { connectSession, type LiveSessions } from './connect-session.ts';
import type { BodyRoom } from '../doors/body-room.ts';
import type { NetworkConnections } from '../doors/doors.ts';
import { dryRunOf, refuseDryRun } from '../dry-run.ts';
import { exchange, restarting, type ExchangeDependencies } from '../exchange.ts';
import { asksForWebSocket, matchSession, type MatchedSession } from './match-session.ts';
import { problemFor } from '../problem-response.ts';
import type { RunningRequest } from '../requests.ts';
import {
  createUpgradeCarrier,
  refusePlainly,
  type SessionCarrier,
  type SessionHead,
  type Upgrading,
} from './session-carrier.ts';
import { createAcceptWebSocket, type AcceptWebSocket } from './web-sockets/accept.ts';
import { refuseForeignPage } from './web-sockets/refuse-foreign-page.ts';
import { createWebSocketCarrier } from './web-sockets/web-socket-carrier.ts';

/** What sessions are made of. */
export interface SessionDependencies extends ExchangeDependencies {
  readonly operations: Operations;
  readonly accepting: () => boolean;
  readonly live: LiveSessions;
  readonly network: Pick<NetworkConnections, 'of'>;
  /** Origins whose web pages may open sessions. */
  readonly origins: () => readonly string[];
}

/** What the answer says, as far as it is known. */
type Said = { -readonly [Key in keyof SessionHead]: SessionHead[Key] };

/** A session that is asked for, and how it is carried. */
interface Asked {
  readonly matched: MatchedSession;
  readonly carrier: SessionCarrier;
}

/**
 * Answers requests that want to upgrade, to our own protocol or to a WebSocket: the same sessions, with
 * the same frames. What isn't known to be a session is refused by a plain response with a problem.
 */
export function createSessionHandler(deps: SessionDependencies) {
  const accept = createAcceptWebSocket();
  return (message: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => undefined);
    const running = deps.requests.begin();
    const drop = (): void => running.abort();
    socket.once('close', drop);
    const said: Said = { version: deps.version, requestId: running.id };
    let carrier: SessionCarrier | null = null;
    const answer = async (): Promise<void> => {
      if (!(socket instanceof Socket)) throw new Error('the connection is no socket');
      if (!deps.accepting()) throw restarting();
      const upgrading = { message, socket, head };
      const asked = await askedFor(deps, { ...upgrading, accept });
      ({ carrier } = asked);
      await open(deps, { ...upgrading, running, asked, said });
    };
    answer()
      .catch((error: unknown) => {
        const problem = problemFor(error, running.id, deps.log);
        if (carrier === null) refusePlainly(socket, problem, said);
        else carrier.refuse(problem, said);
      })
      .finally(() => running.end());
  };
}

async function open(
  deps: SessionDependencies,
  incoming: Upgrading & {
    readonly running: RunningRequest;
    readonly asked: Asked;
    readonly said: Said;
  },
): Promise<void> {
  const { socket, running, asked, said } = incoming;
  const { carrier, matched } = asked;
  const { id, parameters } = matched;
  const readInput = async (room: BodyRoom) => ({
    ...(await carrier.readInput(room)),
    ...parameters,
  });
  const { caller: message } = carrier;
  const onTokenExpires = (at: string): void => {
    said.tokenExpires = at;
  };
  await exchange(
    deps,
    { id, message, socket, running, dryRun: false, readInput, onTokenExpires },
    async ({ person, input }) => {
      const { signal } = running;
      const session = await deps.operations.session(id, person, input as never, { signal });
      if (socket.destroyed) {
        session.close();
        return;
      }
      const { tty } = session;
      const connection = carrier.open({ ...said, tty });
      // From here on a broken connection leaves a process alone; a build it cancels.
      const isBuild = id === 'images.build';
      const failure = await connectSession(session, {
        ...connection,
        live: deps.live,
        log: deps.log,
        ...(isBuild ? { cancel: () => running.abort(buildEnds()) } : {}),
      });
      // Its client was told; audit and log have to say so, too.
      if (isBuild && failure !== null) throw failure;
    },
  );
}

/** The session that is asked for. What is refused counts as a request, too: it costs a connection. */
async function askedFor(
  { identify, network, origins }: SessionDependencies,
  upgrading: Upgrading & { readonly accept: AcceptWebSocket },
): Promise<Asked> {
  const { message, socket } = upgrading;
  try {
    const isWebSocket = asksForWebSocket(message);
    // Before anything is said of what there is.
    if (isWebSocket) refuseForeignPage(message, { door: network.of(socket), origins: origins() });
    const matched = matchSession(message);
    const { query } = matched;
    refuseDryRun(dryRunOf(query.getAll('dryRun')));
    const carrier = isWebSocket
      ? createWebSocketCarrier({ ...upgrading, query })
      : createUpgradeCarrier(upgrading);
    return { matched, carrier };
  } catch (error) {
    const { leave } = await identify({ id: null, message, socket });
    leave();
    throw error;
  }
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

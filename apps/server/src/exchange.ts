import type { Socket } from 'node:net';
import { ds01Error, isDs01Error, routes, wireHeaders, type RouteId } from '@ds01/contracts';
import type { Person } from '@ds01/control-plane';
import type { NowOrLater } from './at-once.ts';
import { aboutOf, type Audit } from './audit/audit.ts';
import type { Answered } from './metrics/count-requests.ts';
import { withRequestId, type ServerLog } from './log.ts';
import type { BodyRoom, BodyRooms } from './doors/body-room.ts';
import type { Identified, Identify } from './doors/identify.ts';
import { rightsEnded, usesRights, type OpenRights } from './doors/open-rights.ts';
import { nobody } from './doors/nobody.ts';
import { problemFor } from './problem-response.ts';
import type { Requests, RunningRequest } from './requests.ts';
import type { CallerHeaders } from './sessions/web-sockets/offered.ts';

/** What every exchange needs, whatever its kind. */
export interface ExchangeDependencies {
  readonly version: string;
  readonly identify: Identify;
  readonly bodies: BodyRooms;
  /** Who is at something as an administrator; without, nobody stops being one. */
  readonly rights?: OpenRights;
  readonly requests: Requests;
  readonly audit: Audit;
  /** Told when a call that changes something has failed. */
  readonly onUndone: () => void;
  /** Told of every request that was answered, or refused. */
  readonly onAnswered?: (answered: Answered) => void;
  readonly log: ServerLog;
}

/** A request whose caller is known. */
export interface Exchange {
  readonly id: RouteId;
  /** Nobody in particular where the operation is public. */
  readonly person: Person;
  readonly request: RunningRequest;
  readonly dryRun: boolean;
  readonly input: Readonly<Record<string, unknown>>;
  /** Says that nothing was done now: it had been asked for earlier. */
  replayed(): void;
}

/** What came in. */
export interface Incoming {
  readonly id: RouteId;
  /** Headers that say who calls, and with which version. */
  readonly message: CallerHeaders;
  readonly socket: Socket;
  readonly dryRun: boolean;
  /** Told when the token of the request ends, where that is soon. */
  readonly onTokenExpires?: (at: string) => void;
  /** Reads and takes apart what was sent; called once the caller is known. */
  readonly readInput: (room: BodyRoom) => NowOrLater<Readonly<Record<string, unknown>>>;
}

/**
 * Runs one request from the peer's identity to the line in the log: id, version, person, audit,
 * outcome. `work` does what the route is for; `fail` answers with a problem.
 */
export function exchange<T>(
  deps: ExchangeDependencies,
  incoming: Incoming & { readonly running: RunningRequest },
  work: (exchange: Exchange) => Promise<T>,
): Promise<T> {
  const { id, message, socket, running, dryRun } = incoming;
  const startedMs = performance.now();
  // What it began is undone also when its caller has left.
  const release = running.hold();
  return withRequestId(running, async () => {
    let caller: Identified | null = null;
    let code = 'ok';
    let settle: ((outcome: string) => void) | null = null;
    let leaveRights: (() => void) | undefined;
    try {
      const onTokenEnded = (): void => running.abort(tokenEnded());
      caller = await deps.identify({ id, message, socket, onTokenEnded });
      if (caller.tokenExpires !== undefined) incoming.onTokenExpires?.(caller.tokenExpires);
      checkVersion(message, deps.version);
      const person = caller.person ?? nobody;
      if (caller.person !== null) running.ownedBy(person.owner.uid);
      if (caller.uid !== null && usesRights(id, person)) {
        leaveRights = deps.rights?.enter(caller.uid, socket, () => running.abort(rightsEnded()));
      }
      const input = await inputOf(deps, incoming, caller);
      if (routes[id].mutates && !dryRun) {
        settle = deps.audit.begin({
          requestId: running.id,
          operation: id,
          uid: caller.uid,
          ...wayOf(caller),
          ...(person.actor === undefined ? {} : { by: person.actor }),
          user: person.owner.name,
          ...aboutOf(input),
        });
      }
      const replayed = (): void => {
        code = 'replayed';
      };
      return await work({ id, person, request: running, dryRun, input, replayed });
    } catch (error) {
      const failure = reasonFor(error, running.signal);
      code = problemFor(failure, running.id, deps.log, id).code;
      throw failure;
    } finally {
      settle?.(code);
      if (settle !== null && code !== 'ok' && code !== 'replayed') deps.onUndone();
      const durationMs = Math.round((performance.now() - startedMs) * 10) / 10;
      release();
      caller?.leave();
      leaveRights?.();
      deps.onAnswered?.({ id, code, durationMs });
      // A flood is told of once, not line by line.
      if (code !== 'rate.limited') {
        const user = caller?.person?.owner.name;
        deps.log.info('request', { operation: id, user, ...wayOf(caller), code, durationMs });
      }
    }
  });
}

function inputOf(
  { bodies }: Pick<ExchangeDependencies, 'bodies'>,
  { readInput }: Incoming,
  { uid }: Identified,
): NowOrLater<Readonly<Record<string, unknown>>> {
  const room = bodies.enter(uid);
  const input = readInput(room);
  // What is there at once has taken no room.
  return input instanceof Promise ? input.finally(() => room.leave()) : input;
}

/** Why it was aborted, where that is known, instead of only that it was. */
function reasonFor(error: unknown, signal: AbortSignal): unknown {
  const isAbort =
    error instanceof Error &&
    (error.name === 'AbortError' || Reflect.get(error, 'code') === 'operation.interrupted');
  return isAbort && signal.aborted && isDs01Error(signal.reason) ? signal.reason : error;
}

function checkVersion({ headers }: CallerHeaders, version: string): void {
  const given = headers[wireHeaders.clientVersion];
  if (typeof given !== 'string' || given.split('.')[0] === version.split('.')[0]) return;
  throw ds01Error('daemon.version', {
    message: `This command is of DS01 ${given.slice(0, 40)}, the daemon of ${version}.`,
    hint: 'log in again, or ask an administrator which version to use',
  });
}

/** What logs say of how somebody came in: nothing on the unix socket. */
function wayOf(caller: Identified | null): { token?: string; address?: string } {
  if (caller === null || caller.address === null) return onSocket;
  const { token, address } = caller;
  return token === null ? { address } : { token, address };
}

const onSocket = {};

/** Why what was begun with a token ends with it. */
export function tokenEnded() {
  return ds01Error('token.invalid', {
    message: 'The token that this was asked for with does not count any longer.',
    hint: 'ds01 token list',
  });
}

/** What new requests are told while the daemon ends. */
export function restarting() {
  return ds01Error('daemon.busy', {
    message: 'The DS01 daemon is being restarted.',
    hint: 'run the same command again in a moment',
  });
}

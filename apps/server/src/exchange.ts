import type { Socket } from 'node:net';
import { ds01Error, isDs01Error, routes, wireHeaders, type RouteId } from '@ds01/contracts';
import { whenOver, whenThere, type NowOrLater, type Person } from '@ds01/control-plane';
import { aboutOf, type Audit } from './audit/audit.ts';
import type { Answered } from './metrics/count-requests.ts';
import { withRequestId, withRequestIdNow, type ServerLog } from './log.ts';
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

/** What came in, and the request that it is. */
type IncomingRequest = Incoming & { readonly running: RunningRequest };

/**
 * Runs one request from the peer's identity to the line in the log: id, version, person, audit,
 * outcome. `work` does what the route is for; who calls this answers what it failed with.
 */
export async function exchange<T>(
  deps: ExchangeDependencies,
  incoming: IncomingRequest,
  work: (exchange: Exchange) => Promise<T>,
): Promise<T> {
  return withRequestId(incoming.running, () => run(deps, incoming, work));
}

/** {@link exchange} for work that waits for nothing: over at once, unless it isn't known yet who calls. */
export function exchangeAtOnce<T>(
  deps: ExchangeDependencies,
  incoming: IncomingRequest,
  work: (exchange: Exchange) => T,
): NowOrLater<T> {
  return withRequestIdNow(incoming.running, () => run(deps, incoming, work));
}

function run<T>(
  deps: ExchangeDependencies,
  incoming: IncomingRequest,
  work: (exchange: Exchange) => NowOrLater<T>,
): NowOrLater<T> {
  const { id, running } = incoming;
  const startedMs = performance.now();
  // What it began is undone also when its caller has left.
  const release = running.hold();
  const course: Course = { caller: null, code: 'ok', settle: null, leaveRights: null };
  const end = (): void => {
    release();
    tellOfEnd(deps, { incoming, course, startedMs });
  };
  return whenOver(
    () =>
      whenThere(identified(deps, incoming), (caller) => {
        enter(deps, { incoming, caller, course });
        return whenThere(inputOf(deps, incoming, caller), (input) =>
          work(begun(deps, { incoming, caller, course }, input)),
        );
      }),
    {
      done: end,
      failed(error) {
        const failure = reasonFor(error, running.signal);
        course.code = problemFor(failure, running.id, deps.log, id).code;
        end();
        return failure;
      },
    },
  );
}

/** How far a request has come. */
interface Course {
  caller: Identified | null;
  code: string;
  settle: ((outcome: string) => void) | null;
  leaveRights: (() => void) | null;
}

interface Entered {
  readonly incoming: IncomingRequest;
  readonly caller: Identified;
  readonly course: Course;
}

function identified(
  { identify }: ExchangeDependencies,
  { id, message, socket, running }: IncomingRequest,
): NowOrLater<Identified> {
  const onTokenEnded = (): void => running.abort(tokenEnded());
  return identify({ id, message, socket, onTokenEnded });
}

function enter(deps: ExchangeDependencies, { incoming, caller, course }: Entered): void {
  const { id, message, socket, running } = incoming;
  course.caller = caller;
  if (caller.tokenExpires !== undefined) incoming.onTokenExpires?.(caller.tokenExpires);
  checkVersion(message, deps.version);
  if (caller.person === null) return;
  running.ownedBy(caller.person.owner.uid);
  if (caller.uid !== null && usesRights(id, caller.person)) {
    const abort = (): void => running.abort(rightsEnded());
    course.leaveRights = deps.rights?.enter(caller.uid, socket, abort) ?? null;
  }
}

function begun(
  deps: ExchangeDependencies,
  { incoming, caller, course }: Entered,
  input: Exchange['input'],
): Exchange {
  const { id, running, dryRun } = incoming;
  const person = caller.person ?? nobody;
  if (routes[id].mutates && !dryRun) {
    course.settle = deps.audit.begin({
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
    course.code = 'replayed';
  };
  return { id, person, request: running, dryRun, input, replayed };
}

function tellOfEnd(
  deps: ExchangeDependencies,
  ended: {
    readonly incoming: IncomingRequest;
    readonly course: Course;
    readonly startedMs: number;
  },
): void {
  const { incoming, startedMs } = ended;
  const { id, running } = incoming;
  const { caller, code, settle, leaveRights } = ended.course;
  settle?.(code);
  if (settle !== null && code !== 'ok' && code !== 'replayed') deps.onUndone();
  const durationMs = Math.round((performance.now() - startedMs) * 10) / 10;
  caller?.leave();
  leaveRights?.();
  deps.onAnswered?.({ id, code, durationMs });
  // A flood is told of once, not line by line.
  if (code === 'rate.limited') return;
  const user = caller?.person?.owner.name;
  const { id: requestId } = running;
  deps.log.info('request', { requestId, operation: id, user, ...wayOf(caller), code, durationMs });
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

import { isCallId, wireHeaders, type RouteId } from '@ds01/contracts';
import { isStreamId, isUploadId } from '@ds01/contracts/core';
import type { NowOrLater } from '@ds01/control-plane';
import type { BodyRoom } from '../doors/body-room.ts';
import { dryRunOf } from '../dry-run.ts';
import { restarting } from '../exchange.ts';
import { problemFor } from '../problem-response.ts';
import type { RunningRequest } from '../requests.ts';
import { answerCall } from './answer-call.ts';
import { answerStream } from './answer-stream.ts';
import { answerUpload } from './answer-upload.ts';
import type { AppDependencies, HonoContext, Known, Reply } from './app-dependencies.ts';
import { hasQuery, readInput } from './read-input.ts';
import { headersOf, problemResponse } from './respond.ts';

/** Answers one request whose route is known; what fails is a problem. */
export function answer(
  deps: AppDependencies,
  id: RouteId,
  context: HonoContext,
): NowOrLater<Response> {
  const running = deps.requests.begin();
  const headers = headersOf(deps.version, running.id);
  const problem = (error: unknown): Response =>
    problemResponse(problemFor(error, running.id, deps.log), headers);
  let answered: NowOrLater<Response>;
  try {
    answered = answerKnown(deps, id, { context, headers, running });
  } catch (error) {
    answered = problem(error);
  }
  // What is there at once is whole: nothing goes on.
  if (!(answered instanceof Promise)) {
    running.end();
    return answered;
  }
  // A request is under way until its last byte is sent. What nobody reads then, a HEAD's body for
  // one, is left alone.
  const { outgoing } = context.env;
  outgoing.on('close', () => {
    // Of a call that was answered nothing goes on that could be undone.
    if (!isCallId(id) || !outgoing.writableFinished) running.disconnected();
    running.end();
  });
  return answered.catch(problem);
}

function answerKnown(
  deps: AppDependencies,
  id: RouteId,
  { context, headers, running }: Reply & { readonly running: RunningRequest },
): NowOrLater<Response> {
  if (!deps.accepting()) throw restarting();
  const { incoming: message, outgoing } = context.env;
  const dryRun = hasQuery(message) && dryRunOf(context.req.queries('dryRun') ?? []);
  const incoming = {
    id,
    message,
    socket: message.socket,
    dryRun,
    readInput: (room: BodyRoom) => readInput(context, id, room),
    onTokenExpires: (at: string) => outgoing.setHeader(wireHeaders.tokenExpires, at),
    running,
  };
  const reply = { context, headers };
  if (isOf(incoming, isCallId)) return answerCall(deps, incoming, reply);
  if (isOf(incoming, isStreamId)) return answerStream(deps, incoming, reply);
  if (isOf(incoming, isUploadId)) return answerUpload(deps, incoming, reply);
  throw new Error(`${id} is a session`);
}

/** Whether the route is of a kind. */
function isOf<Id extends RouteId>(
  incoming: Known<RouteId>,
  isKind: (id: RouteId) => id is Id,
): incoming is Known<Id> {
  return isKind(incoming.id);
}

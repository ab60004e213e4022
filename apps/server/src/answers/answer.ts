import { isCallId, wireHeaders, type RouteId } from '@ds01/contracts';
import { isStreamId, isUploadId } from '@ds01/contracts/core';
import type { BodyRoom } from '../doors/body-room.ts';
import { dryRunOf } from '../dry-run.ts';
import { restarting } from '../exchange.ts';
import { problemFor } from '../problem-response.ts';
import { answerCall } from './answer-call.ts';
import { answerStream } from './answer-stream.ts';
import { answerUpload } from './answer-upload.ts';
import type { AppDependencies, HonoContext, Known } from './app-dependencies.ts';
import { hasQuery, readInput } from './read-input.ts';
import { headersOf, problemResponse } from './respond.ts';

/** Answers one request whose route is known; what fails is a problem. */
export async function answer(
  deps: AppDependencies,
  id: RouteId,
  context: HonoContext,
): Promise<Response> {
  const message = context.env.incoming;
  const running = deps.requests.begin();
  const headers = headersOf(deps.version, running.id);
  // A request is under way until its last byte is sent. What nobody reads then, a HEAD's body for
  // one, is left alone.
  const { outgoing } = context.env;
  outgoing.on('close', () => {
    // Of a call that was answered nothing goes on that could be undone.
    if (!isCallId(id) || !outgoing.writableFinished) running.disconnected();
    running.end();
  });
  try {
    if (!deps.accepting()) throw restarting();
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
    if (isOf(incoming, isCallId)) return await answerCall(deps, incoming, reply);
    if (isOf(incoming, isStreamId)) return await answerStream(deps, incoming, reply);
    if (isOf(incoming, isUploadId)) return await answerUpload(deps, incoming, reply);
    throw new Error(`${id} is a session`);
  } catch (error) {
    return problemResponse(problemFor(error, running.id, deps.log), headers);
  }
}

/** Whether the route is of a kind. */
function isOf<Id extends RouteId>(
  incoming: Known<RouteId>,
  isKind: (id: RouteId) => id is Id,
): incoming is Known<Id> {
  return isKind(incoming.id);
}

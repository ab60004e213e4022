import { ds01Error, problemOf } from '@ds01/contracts';
import { problemMediaType } from '../problem-response.ts';
import type { Begun, WorkAnswer } from '../work/work-keeper.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * The answer to what takes long: 202 with the operation, which goes on or is done. What was refused
 * (`soon` is a failure) is that refusal.
 */
export function laterResponse(
  begun: Begun,
  soon: WorkAnswer | null,
  { headers, preferred }: { readonly headers: Headers; readonly preferred: boolean },
): Response {
  if (soon !== null && soon.status >= 400) return answerResponse(soon, { headers, begun });
  const asPreferred = preferred ? { 'preference-applied': 'respond-async' } : {};
  return Response.json(begun.view(), {
    status: 202,
    headers: { ...headers, ...placeOf(begun), ...replayOf(begun), ...asPreferred },
  });
}

/** The answer of work that ended, as if it had been asked for just now. */
export function answerResponse(
  answer: WorkAnswer,
  { headers, begun }: { readonly headers: Headers; readonly begun: Begun },
): Response {
  const { status, body } = told(answer, begun);
  const isFine = status < 400;
  const type = isFine ? 'application/json' : problemMediaType;
  // A refusal is the same whether or not there is something that it hides.
  const place = isFine ? placeOf(begun) : {};
  return new Response(body, {
    status,
    headers: { ...headers, ...place, ...replayOf(begun), 'content-type': type },
  });
}

/** The same as the last line behind lines of progress. */
export function answerLine(answer: WorkAnswer, begun: Begun): string {
  const { status, body } = told(answer, begun);
  return status < 400 ? `{"result":${body}}` : `{"error":${body}}`;
}

function placeOf({ id }: Begun): Headers {
  return { location: `/api/v1/operations/${id}` };
}

function replayOf({ isReplay }: Begun): Headers {
  return isReplay ? { 'idempotency-replayed': 'true' } : {};
}

function told({ status, body }: WorkAnswer, { id }: Begun) {
  if (body !== null) return { status, body };
  const problem = problemOf(
    ds01Error('work.ended', {
      message: 'This was done, but its answer is not kept: it is a secret, or very long.',
      hint: `GET /api/v1/operations/${id}`,
      details: { operation: id },
    }),
  );
  return { status: problem.status, body: JSON.stringify(problem) };
}

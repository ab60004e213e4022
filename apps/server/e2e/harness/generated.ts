import {
  createAnswerCheck,
  httpOf,
  mutated,
  operationsIn,
  validRequests,
  type HttpRequest,
} from '@ds01/api-requests';
import { problemSchema, routes, type RouteId } from '@ds01/contracts';
import { openApiDocument } from '@ds01/contracts/openapi';
import fc from 'fast-check';
import type { Answer, SentRequest } from './callers.ts';

const document = openApiDocument({ version: '0.0.0' });
const checkAnswer = createAnswerCheck(document);
const known = {
  name: ['thesis'],
  user: ['alice', 'bob'],
  container: ['alice/thesis'],
  wait: [null],
};

/** Requests of every operation that would change nothing: what changes something is a dry run. */
export function generatedRequests({
  rounds,
  wrong,
}: {
  readonly rounds: number;
  /** With things wrong about them. */
  readonly wrong: boolean;
}): readonly HttpRequest[] {
  const each = operationsIn(document)
    // An archive is taken in and built, which has no dry run; sessions are upgrades.
    .filter(({ operation }) => operation['x-ds01-kind'] !== 'upload')
    .map((placed) => {
      const valid = validRequests(document, placed, known).map(httpOf).map(asDryRun);
      return wrong ? mutated(valid) : valid;
    });
  return fc.sample(fc.tuple(...each), { seed: 17, numRuns: rounds }).flat();
}

function asDryRun(request: HttpRequest): HttpRequest {
  const { mutates, kind } = routes[request.operationId as RouteId];
  if (!mutates || kind !== 'call') return request;
  const url = new URL(request.target, 'http://x');
  url.searchParams.set('dryRun', 'true');
  return { ...request, target: `${url.pathname}${url.search}` };
}

/** A generated request with a token; of what goes on and on only the beginning is read. */
export function sentWith(token: string, request: HttpRequest): SentRequest {
  const { method, target, headers, body, kind } = request;
  return {
    method,
    path: target,
    headers: { ...headers, authorization: `Bearer ${token}` },
    ...(body === null ? {} : { body: Buffer.from(body).toString('latin1') }),
    ...(kind === 'stream' ? { hangUp: true } : {}),
  };
}

/** What is wrong with an answer; `null` when nothing is. */
export function faultOf(request: HttpRequest, answer: Answer): string | null {
  const { operationId, method, target, mutations } = request;
  const { status, headers, body, error } = answer;
  const said = `${method} ${target.slice(0, 200)} (${mutations.join(', ')}): ${status} ${error ?? body.slice(0, 300)}`;
  if (status === 0 || (status >= 500 && operationId !== 'daemon.ready')) return said;
  if (body === '' || method === 'HEAD') return null;
  if (mutations.length === 0) {
    const type = headers['content-type'];
    const given = {
      status,
      body,
      headers: typeof type === 'string' ? { 'content-type': type } : {},
    };
    return checkAnswer(operationId, given);
  }
  const isProblem = status < 400 || problemSchema.safeParse(JSON.parse(body)).success;
  return isProblem ? null : said;
}

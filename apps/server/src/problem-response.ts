import { ds01Error, problemOf, toDs01Error, type Ds01Error, type Problem } from '@ds01/contracts';
import type { ServerLog } from './log.ts';

/** Media type of errors (RFC 9457). */
export const problemMediaType = 'application/problem+json';

/** Failures that the log has, and the request that it has them of. */
const told = new WeakMap<Error, string>();

/**
 * What the caller is told of a failure. Of one that DS01 did not expect only that it happened: the
 * text may be about others, and is in the log under the request's id, once, with the operation where
 * that is known.
 */
export function problemFor(
  error: unknown,
  requestId: string,
  log: Pick<ServerLog, 'error'>,
  operation?: string,
): Problem {
  const failure = asFailure(error);
  if (failure.code !== 'internal.unexpected') return problemOf(failure, requestId);
  if (!(error instanceof Error) || told.get(error) !== requestId) {
    log.error('unexpected failure', {
      requestId,
      operation,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
  if (error instanceof Error) told.set(error, requestId);
  return {
    ...problemOf(failure, requestId),
    detail: `Something failed that DS01 did not expect (request ${requestId}).`,
    hint: `ask an administrator to run: journalctl -u ds01d -g ${requestId}`,
    details: {},
  };
}

function asFailure(error: unknown): Ds01Error {
  if (!(error instanceof Error) || error.name !== 'AbortError') return toDs01Error(error);
  return ds01Error('operation.interrupted', {
    message: 'Interrupted; what was half done has been undone.',
    cause: error,
  });
}

/** What an answer with a problem says in its headers, too: when to come again, how to be known. */
export function headersOfProblem({ status, details }: Problem): Readonly<Record<string, string>> {
  const wait: unknown = details?.['retryAfterS'];
  return {
    'content-type': problemMediaType,
    ...(typeof wait === 'number' ? { 'retry-after': String(Math.ceil(wait)) } : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer realm="ds01"' } : {}),
  };
}

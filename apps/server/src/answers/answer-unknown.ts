import { ds01Error, problemOf } from '@ds01/contracts';
import type { AppDependencies, HonoContext } from './app-dependencies.ts';
import { headersOf, problemResponse } from './respond.ts';

/** The answer where there is no route. */
export function answerUnknown(deps: AppDependencies, context: HonoContext): Response {
  const error = ds01Error('route.not-found', {
    message: `There is nothing at ${context.req.method} ${context.req.path.slice(0, 200)}.`,
    hint: 'GET /api/v1/version',
  });
  return problemResponse(problemOf(error, null), headersOf(deps.version, ''));
}

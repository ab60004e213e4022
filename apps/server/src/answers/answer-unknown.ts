import { ds01Error, problemOf, sessionProtocol, type Ds01Error } from '@ds01/contracts';
import type { AppDependencies, HonoContext } from './app-dependencies.ts';
import { knownPath } from './known-paths.ts';
import { headersOf, problemResponse } from './respond.ts';

/**
 * The answer where no route fits: `route.method` with the methods that there are, `route.needs-upgrade`
 * for a session that was asked for as a plain request, else `route.not-found`.
 */
export function answerUnknown(deps: AppDependencies, context: HonoContext): Response {
  const { method } = context.req;
  const path = context.req.path.slice(0, 200);
  const known = knownPath(context.req.path);
  if (known === null) {
    return refuse(
      deps,
      ds01Error('route.not-found', {
        message: `There is nothing at ${method} ${path}.`,
        hint: 'GET /openapi.json has every route',
      }),
    );
  }
  if (known.sessions.includes(method)) {
    const error = ds01Error('route.needs-upgrade', {
      message: `${method} ${path} is a session: it is asked for as an upgrade.`,
      hint: `send connection: upgrade and upgrade: ${sessionProtocol}`,
    });
    return refuse(deps, error, { connection: 'upgrade', upgrade: sessionProtocol });
  }
  const allow = known.methods.join(', ');
  const error = ds01Error('route.method', {
    message: `${method.slice(0, 20)} is not for ${path}.`,
    hint: `use ${allow}`,
    details: { methods: known.methods },
  });
  return refuse(deps, error, { allow });
}

function refuse(
  deps: AppDependencies,
  error: Ds01Error,
  further: Readonly<Record<string, string>> = {},
): Response {
  const running = deps.requests.begin();
  running.end();
  const headers = { ...headersOf(deps.version, running.id), ...further };
  return problemResponse(problemOf(error, running.id), headers);
}

import { ds01Error, sessionProtocol, type Ds01Error } from '@ds01/contracts';
import { problemFor } from '../problem-response.ts';
import type { AppDependencies, HonoContext } from './app-dependencies.ts';
import { knownPath } from './known-paths.ts';
import { greet } from './greet.ts';
import { headersOf, problemResponse } from './respond.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * The answer where no route fits: `route.method` with the methods that there are, `route.needs-upgrade`
 * for a session that was asked for as a plain request, else `route.not-found`.
 */
export function answerUnknown(deps: AppDependencies, context: HonoContext): Promise<Response> {
  const { method } = context.req;
  const path = context.req.path.slice(0, 200);
  const known = knownPath(context.req.path);
  if (known === null) {
    const error = ds01Error('route.not-found', {
      message: `There is nothing at ${method} ${path}.`,
      hint: 'GET /openapi.json has every route; /api/docs shows them to people',
    });
    return refuse(deps, context, { error });
  }
  if (known.sessions.includes(method)) {
    const error = ds01Error('route.needs-upgrade', {
      message: `${method} ${path} is a session: it is asked for as an upgrade.`,
      hint: `send connection: upgrade and upgrade: ${sessionProtocol}`,
    });
    const further = { connection: 'upgrade', upgrade: sessionProtocol };
    return refuse(deps, context, { error, further });
  }
  const allow = known.methods.join(', ');
  const error = ds01Error('route.method', {
    message: `${method.slice(0, 20)} is not for ${path}.`,
    hint: `use ${allow}`,
    details: { methods: known.methods },
  });
  return refuse(deps, context, { error, further: { allow } });
}

/** It counts as a request like any other: a flood of them is refused as one. */
async function refuse(
  deps: AppDependencies,
  context: HonoContext,
  { error, further = {} }: { readonly error: Ds01Error; readonly further?: Headers },
): Promise<Response> {
  const running = deps.requests.begin();
  running.end();
  const headers = headersOf(deps.version, running.id);
  try {
    await greet(deps, context);
  } catch (flood) {
    return problemResponse(problemFor(flood, running.id, deps.log), headers);
  }
  return problemResponse(problemFor(error, running.id, deps.log), { ...headers, ...further });
}

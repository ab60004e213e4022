import { routeIds, routes } from '@ds01/contracts';
import type { NowOrLater } from '@ds01/control-plane';
import type { Http2Bindings, HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { answer } from './answers/answer.ts';
import { answerUnknown } from './answers/answer-unknown.ts';
import type { AppDependencies, Bindings } from './answers/app-dependencies.ts';
import { createFixedFirstRouter } from './answers/fixed-first-router.ts';
import { crossOrigin } from './doors/cross-origin.ts';
import { serveDocument } from './reference/answer-document.ts';

/** What answers requests. */
export interface App {
  readonly fetch: (
    request: Request,
    bindings: HttpBindings | Http2Bindings,
  ) => NowOrLater<Response>;
}

/** Every call and stream of the route table over HTTP. Sessions are upgrades, see `sessions.ts`. */
export function createApp(deps: AppDependencies): App {
  const app = new Hono<Bindings>({ router: createFixedFirstRouter() });
  for (const id of routeIds) {
    const { method, path, kind } = routes[id];
    if (kind === 'session') continue;
    const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(method, pattern, (context) => answer(deps, id, context));
  }
  serveDocument(app, deps);
  app.notFound((context) => answerUnknown(deps, context));
  // Only pages say where they come from, and whatever stands before an answer makes Hono much slower.
  const forPages = new Hono<Bindings>();
  forPages.use(crossOrigin(deps.origins));
  forPages.all('*', ({ req, env }) => app.fetch(req.raw, env));
  return {
    fetch: (request, bindings) =>
      bindings.incoming.headers.origin === undefined
        ? app.fetch(request, bindings)
        : forPages.fetch(request, bindings),
  };
}

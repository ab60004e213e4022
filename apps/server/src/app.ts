import { routeIds, routes } from '@ds01/contracts';
import { Hono } from 'hono';
import { answer } from './answers/answer.ts';
import { answerUnknown } from './answers/answer-unknown.ts';
import type { AppDependencies, Bindings } from './answers/app-dependencies.ts';
import { crossOrigin } from './doors/cross-origin.ts';
import { serveDocument } from './reference/answer-document.ts';

/** Every call and stream of the route table over HTTP. Sessions are upgrades, see `sessions.ts`. */
export function createApp(deps: AppDependencies): Hono<Bindings> {
  const app = new Hono<Bindings>();
  app.use(crossOrigin(deps.origins));
  for (const id of routeIds) {
    const { method, path, kind } = routes[id];
    if (kind === 'session') continue;
    const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(method, pattern, (context) => answer(deps, id, context));
  }
  serveDocument(app, deps);
  app.notFound((context) => answerUnknown(deps, context));
  return app;
}

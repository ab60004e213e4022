import type { IncomingMessage } from 'node:http';
import { routes, type RouteId } from '@ds01/contracts';
import { whenThere, type NowOrLater } from '@ds01/control-plane';
import type { BodyRoom } from '../doors/body-room.ts';
import { readBody } from '../bodies/read-body.ts';
import type { HonoContext } from './app-dependencies.ts';

type Input = Readonly<Record<string, unknown>>;

/** Whether there may be a query; taking apart what isn't there costs as much as what is. */
export function hasQuery({ url }: Pick<IncomingMessage, 'url'>): boolean {
  return url?.includes('?') === true;
}

/** Path parameters, then the query or the body. */
export function readInput(context: HonoContext, id: RouteId, room: BodyRoom): NowOrLater<Input> {
  const { method, kind } = routes[id];
  const { incoming } = context.env;
  const hasJson = method === 'POST' && kind !== 'upload';
  const rest = hasJson ? readBody(incoming, room) : queryOf(context);
  return whenThere(rest, (given) => ({ ...given, ...context.req.param() }));
}

function queryOf({ req, env }: HonoContext): Input {
  if (!hasQuery(env.incoming)) return {};
  const { dryRun: _, ...query } = req.query();
  return query;
}

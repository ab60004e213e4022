import { routes, type RouteId } from '@ds01/contracts';
import type { BodyRoom } from '../doors/body-room.ts';
import { readBody } from '../read-body.ts';
import type { HonoContext } from './app-dependencies.ts';

/** Path parameters, then the query or the body. */
export async function readInput(
  context: HonoContext,
  id: RouteId,
  room: BodyRoom,
): Promise<Readonly<Record<string, unknown>>> {
  const { dryRun: _, ...query } = context.req.query();
  const { method, kind } = routes[id];
  const hasJson = method === 'POST' && kind !== 'upload';
  const rest = hasJson ? await readBody(context.env.incoming, room) : query;
  return { ...rest, ...context.req.param() };
}

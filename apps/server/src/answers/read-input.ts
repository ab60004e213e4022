import { routes, type RouteId } from '@ds01/contracts';
import { readBody } from '../read-body.ts';
import type { HonoContext } from './app-dependencies.ts';

/** Path parameters, then the query or the body. */
export async function readInput(
  context: HonoContext,
  id: RouteId,
): Promise<Readonly<Record<string, unknown>>> {
  const { dryRun: _, ...query } = context.req.query();
  const rest = routes[id].method === 'POST' ? await readBody(context.env.incoming) : query;
  return { ...rest, ...context.req.param() };
}

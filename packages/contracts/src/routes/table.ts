import type { z } from 'zod';
import { adminRoutes } from './admin.ts';
import { containerRoutes } from './containers.ts';
import { routeHeads, routeIds, type RouteId } from './heads.ts';
import { imageRoutes } from './images.ts';
import { lifecycleRoutes } from './lifecycle.ts';
import type { RouteSchemas } from './route.ts';
import { reservationRoutes } from './reservations.ts';
import { serviceRoutes } from './service.ts';
import { systemRoutes } from './system.ts';

const schemas = {
  ...containerRoutes,
  ...imageRoutes,
  ...lifecycleRoutes,
  ...systemRoutes,
  ...adminRoutes,
  ...reservationRoutes,
  ...serviceRoutes,
} as const satisfies Readonly<Record<RouteId, RouteSchemas>>;

type Routes = { readonly [Id in RouteId]: (typeof routeHeads)[Id] & (typeof schemas)[Id] };

/** Every operation of DS01, by id: what the daemon serves, the client calls and the CLI uses. */
export const routes = Object.fromEntries(
  routeIds.map((id) => [id, { ...routeHeads[id], ...schemas[id] }]),
) as unknown as Routes;

/** What a caller gives; fields with a default may be left out. */
export type RouteInput<Id extends RouteId> = z.input<(typeof schemas)[Id]['input']>;
/** The input after its schema, as use cases take it. */
export type CheckedRouteInput<Id extends RouteId> = z.output<(typeof schemas)[Id]['input']>;
/** What an operation gives back. */
export type RouteOutput<Id extends RouteId> = z.output<(typeof schemas)[Id]['output']>;

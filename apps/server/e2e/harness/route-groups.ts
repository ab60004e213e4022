import { routeIds, routes, type RouteId } from '@ds01/contracts';

/** About a container. */
export const containerRoutes = routeIds.filter((id) => routes[id].object === 'container');
/** A build is one’s own by any name: what it may take from others is tried with builds. */
export const builds: readonly RouteId[] = ['images.build', 'images.upload'];
/** About an image that is there. */
export const imageRoutes = routeIds.filter(
  (id) => routes[id].object === 'image' && !builds.includes(id),
);
/** Of what these are about nothing is there. */
export const absentRoutes = routeIds.filter((id) =>
  ['operation', 'queue-entry', 'token'].includes(routes[id].object),
);
/** Of everybody, about nobody’s thing. */
export const plainRoutes = routeIds.filter(
  (id) => routes[id].role === 'user' && routes[id].object === 'none',
);
/** Of administrators. */
export const adminRoutes = routeIds.filter((id) => routes[id].role === 'admin');
/** Of anybody who reaches the server. */
export const publicRoutes = routeIds.filter((id) => routes[id].role === 'public');
/** True for a route of anybody who reaches the server. */
export const isPublic = (id: RouteId): boolean => publicRoutes.includes(id);

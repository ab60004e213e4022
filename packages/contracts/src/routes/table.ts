import type { z } from 'zod';
import { containerRoutes } from './containers.ts';
import type { Route } from './route.ts';
import { systemRoutes } from './system.ts';

/** Every operation of DS01, by id: what the daemon serves, the client calls and the CLI uses. */
export const routes = { ...containerRoutes, ...systemRoutes } as const satisfies Readonly<
  Record<string, Route>
>;

/** Id of an operation. */
export type RouteId = keyof typeof routes;

type IdOf<Kind extends Route['kind']> = {
  [Id in RouteId]: (typeof routes)[Id]['kind'] extends Kind ? Id : never;
}[RouteId];

/** Operations that answer with one document. */
export type CallId = IdOf<'call'>;
/** Operations that stream output. */
export type StreamId = IdOf<'stream'>;
/** Operations that connect with a process. */
export type SessionId = IdOf<'session'>;

/** What a caller gives; fields with a default may be left out. */
export type RouteInput<Id extends RouteId> = z.input<(typeof routes)[Id]['input']>;
/** The input after its schema, as use cases take it. */
export type CheckedRouteInput<Id extends RouteId> = z.output<(typeof routes)[Id]['input']>;
/** What an operation gives back. */
export type RouteOutput<Id extends RouteId> = z.output<(typeof routes)[Id]['output']>;

/** Ids of all operations, in the order of the table. */
export const routeIds = Object.keys(routes) as readonly RouteId[];

/** True for the id of an operation that answers with one document. */
export function isCallId(id: RouteId): id is CallId {
  return routes[id].kind === 'call';
}

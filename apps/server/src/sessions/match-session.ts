import type { IncomingMessage } from 'node:http';
import { ds01Error, routeIds, routes, sessionProtocol, type SessionId } from '@ds01/contracts';

/** The session that a request asks for. */
export interface MatchedSession {
  readonly id: SessionId;
  /** Path parameters, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** True for a request that wants to be a WebSocket (RFC 6455, 4.1: in any case). */
export function asksForWebSocket({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Finds the session route of an upgrade: to our own protocol by the method of the route, to a WebSocket,
 * which has none, by `GET`. Fails with `route.not-found`.
 */
export function matchSession(
  message: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
): MatchedSession {
  const url = URL.parse(`http://ds01${message.url ?? '/'}`);
  const isWebSocket = asksForWebSocket(message);
  if (url === null || !(isWebSocket || message.headers.upgrade === sessionProtocol)) {
    throw notFound();
  }
  for (const id of routeIds) {
    const route = routes[id];
    if (route.kind !== 'session') continue;
    if (message.method !== (isWebSocket ? 'GET' : route.method)) continue;
    const pattern = route.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const groups = new RegExp(`^${pattern}$`).exec(url.pathname)?.groups;
    if (groups === undefined) continue;
    const entries = Object.entries(groups).map(([key, value]): readonly [string, string] => [
      key,
      decoded(value),
    ]);
    return {
      id: id as SessionId,
      parameters: Object.fromEntries(entries),
      query: url.searchParams,
    };
  }
  throw notFound();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function notFound() {
  return ds01Error('route.not-found', {
    message: 'There is no session at this path.',
    hint: 'GET /api/v1/version',
  });
}

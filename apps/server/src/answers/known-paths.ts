import { routeIds, routes, type RouteHead } from '@ds01/contracts';
import { documentPaths } from '@ds01/contracts/openapi';

/** A path that is there, and what may be done with it. */
export interface KnownPath {
  /** Methods that are answered, for the header `Allow`. */
  readonly methods: readonly string[];
  /** Methods that only an upgrade is answered for. */
  readonly sessions: readonly string[];
}

interface Pattern {
  readonly matches: RegExp;
  readonly method: RouteHead['method'];
  readonly isSession: boolean;
}

const patterns: readonly Pattern[] = [
  ...routeIds.map((id) => ({ ...routes[id], isSession: routes[id].kind === 'session' })),
  ...Object.values(documentPaths).map(
    (path) => ({ path, method: 'GET', isSession: false }) as const,
  ),
].map(({ path, method, isSession }) => ({
  matches: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  method,
  isSession,
}));

/** What may be done with a path; `null` where there is nothing at it. */
export function knownPath(path: string): KnownPath | null {
  const found = patterns.filter(({ matches }) => matches.test(path));
  if (found.length === 0) return null;
  const methods = new Set<string>(found.map(({ method }) => method));
  if (methods.has('GET')) methods.add('HEAD');
  return {
    methods: [...methods].toSorted(),
    sessions: found.filter(({ isSession }) => isSession).map(({ method }) => method),
  };
}

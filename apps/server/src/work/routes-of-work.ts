import { routes, type RouteId } from '@ds01/contracts';

const secretRoutes: ReadonlySet<string> = new Set<RouteId>([
  'tokens.create',
  'tokens.rotate',
  'admin.tokens.create',
  'admin.tokens.rotate',
]);

/** Routes that answer with a secret, which no ledger may keep. */
export function givesSecrets(route: string): boolean {
  return secretRoutes.has(route);
}

/**
 * Whether work goes on with the next daemon: a deploy that waits in the queue. One with secrets
 * doesn't, because they are never written down.
 */
export function survivesRestart(id: RouteId, input: Readonly<Record<string, unknown>>): boolean {
  if (!waitsInQueue(id, input)) return false;
  const { secrets } = input;
  return !Array.isArray(secrets) || secrets.length === 0;
}

/** Whether this may wait for GPUs until it is its turn. */
function waitsInQueue(id: RouteId, input: Readonly<Record<string, unknown>>): boolean {
  return id === 'containers.deploy' && typeof input['wait'] === 'object' && input['wait'] !== null;
}

/** Whether this is answered with 202 before it is done, unless its progress is wanted. */
export function answersLater(id: RouteId, input: Readonly<Record<string, unknown>>): boolean {
  const head = routes[id];
  return ('answersLater' in head && head.answersLater) || waitsInQueue(id, input);
}

import type { TokenScope } from '../http/token.ts';
import type { RouteId } from './heads.ts';
import type { RouteHead } from './route.ts';

/** The least scope of a token that reaches a route; what is for anybody needs none, and says `read`. */
export function neededScope(
  id: RouteId,
  { role, mutates, kind }: Pick<RouteHead, 'role' | 'mutates' | 'kind'>,
): TokenScope {
  if (id === 'daemon.metrics') return 'metrics';
  if (role === 'admin') return 'admin';
  // A session is a way in, whatever is sent through it; so is what an upload begins.
  return mutates || kind === 'session' || kind === 'upload' ? 'write' : 'read';
}

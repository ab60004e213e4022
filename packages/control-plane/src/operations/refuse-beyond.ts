import { ds01Error, routes, type RouteHead, type RouteId } from '@ds01/contracts';
import { neededScope, type TokenScope } from '@ds01/contracts/service';
import type { Person } from './call.ts';

/**
 * Refuses what a person's role or the scope of their token doesn't reach: `access.denied`,
 * `token.scope`, `token.needs-tls`, `token.needs-socket`. Every door asks this, for every operation.
 */
export function refuseBeyond(id: RouteId, person: Person): void {
  const { role } = routes[id];
  if (role === 'public') return;
  if (person.token !== undefined) refuseByScope(id, person.token);
  if (person.token?.scope === 'metrics') return;
  if (role !== 'admin' || person.role === 'admin') return;
  throw ds01Error('access.denied', {
    message: 'Only administrators may do this.',
    hint: 'ds01 container list',
  });
}

function refuseByScope(id: RouteId, { scope, secure }: NonNullable<Person['token']>): void {
  const head: RouteHead = routes[id];
  if (scope === 'admin' && !secure) throw needsTls();
  const needed = neededScope(id, head);
  if (!reaches(scope, needed)) throw beyond(scope, needed);
  // What makes secrets of tokens: whoever has stolen one would never lose it again.
  if (head.socketOnly !== true) return;
  throw ds01Error('token.needs-socket', {
    message: 'A token can’t make secrets of tokens: whoever stole one could keep it for ever.',
    hint: 'log in on the server itself and run: ds01 token create NAME',
  });
}

/** Each scope, and those that a token of it reaches: metrics are an administrator's to read. */
const reached: Readonly<Record<TokenScope, readonly TokenScope[]>> = {
  read: ['read'],
  write: ['read', 'write'],
  admin: ['read', 'write', 'admin', 'metrics'],
  metrics: ['metrics'],
};

function reaches(scope: TokenScope, needed: TokenScope): boolean {
  return reached[scope].includes(needed);
}

/** The refusal of what a token of this scope doesn't reach. */
function beyond(scope: TokenScope, needed: TokenScope) {
  return ds01Error('token.scope', {
    message: `The scope of this token is "${scope}"; this needs "${needed}".`,
    hint: `log in on the server itself and run: ds01 token create NAME --scope ${needed}`,
    details: { scope, needed },
  });
}

function needsTls() {
  return ds01Error('token.needs-tls', {
    message: 'A token of the scope admin counts over TLS only.',
    hint: 'use the https address of the server',
  });
}

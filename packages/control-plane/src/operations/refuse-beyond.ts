import { ds01Error, routes, type RouteHead, type RouteId } from '@ds01/contracts';
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
  const { role, mutates, kind, socketOnly }: RouteHead = routes[id];
  if (scope === 'admin' && !secure) throw needsTls();
  if (scope === 'metrics' && id !== 'daemon.metrics') throw beyond(scope);
  // A session is a way in, whatever is sent through it.
  const onlyLooks = !mutates && (kind === 'call' || kind === 'stream');
  if (scope === 'read' && !onlyLooks) throw beyond(scope);
  if (role === 'admin' && (scope === 'read' || scope === 'write')) throw beyond(scope);
  // What makes secrets of tokens: whoever has stolen one would never lose it again.
  if (socketOnly !== true) return;
  throw ds01Error('token.needs-socket', {
    message: 'A token can’t make secrets of tokens: whoever stole one could keep it for ever.',
    hint: 'log in on the server itself and run: ds01 token create NAME',
  });
}

/** The refusal of what a token of this scope doesn't reach. */
function beyond(scope: string) {
  return ds01Error('token.scope', {
    message: `The scope of this token is "${scope}", which does not reach that far.`,
    hint: 'ds01 token list',
    details: { scope },
  });
}

function needsTls() {
  return ds01Error('token.needs-tls', {
    message: 'A token of the scope admin counts over TLS only.',
    hint: 'use the https address of the server',
  });
}

import { ds01Error, routes, type RouteId } from '@ds01/contracts';
import type { Person } from '@ds01/control-plane';
import { createOpenUses, type OpenUses } from './open-uses.ts';

/** Connections on which somebody uses the rights of an administrator, by the uid of who does. */
export type OpenRights = OpenUses<number>;

/** Nobody uses them. Who is no administrator any longer ends what they began as one. */
export function createOpenRights(
  isAdmin: (uid: number) => boolean | Promise<boolean>,
  farewellMs = 2000,
): OpenRights {
  return createOpenUses(String, isAdmin, farewellMs);
}

/**
 * Whether what somebody asks for takes a while and is theirs as an administrator alone: what is for
 * administrators, what shows them more than others, and what they do in somebody's name.
 */
export function usesRights(id: RouteId, { role, actor }: Pick<Person, 'role' | 'actor'>): boolean {
  if (role !== 'admin') return false;
  const { role: needed, kind, slow } = routes[id];
  if (kind === 'call' && !slow) return false;
  return needed === 'admin' || kind === 'stream' || actor !== undefined;
}

/** Why what an administrator began ends when they are none any longer. */
export function rightsEnded() {
  return ds01Error('access.denied', {
    message: 'You are no administrator any longer; this was asked for as one.',
    hint: 'ds01 container list',
  });
}

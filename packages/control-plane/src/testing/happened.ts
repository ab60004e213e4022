import type { NewEvent } from '@ds01/contracts/lifecycle';
import type { World } from './world.ts';

/** Events whose type begins like this, oldest first. */
export function happened(world: World, typePrefix: string): readonly NewEvent[] {
  const query = { sinceMs: null, untilMs: null, of: null, containers: null, beforeId: null };
  return world.store
    .transaction(({ events }) => events.list({ ...query, typePrefix, limit: 1000 }))
    .map(({ event }) => event);
}

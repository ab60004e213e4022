import type { EventRecord } from '@ds01/ports';
import type { World } from './world.ts';

const everything = {
  sinceMs: null,
  untilMs: null,
  typePrefix: null,
  of: null,
  containers: null,
} as const;

/** Everything that was written down after an id, oldest first. */
export function eventsAfter(world: World, afterId = 0): readonly EventRecord[] {
  return world.store.transaction(({ events }) =>
    events.after({ ...everything, afterId, limit: 10_000 }),
  );
}

/** What a step writes down, as `type container`, oldest first. */
export async function toldBy(world: World, step: () => unknown): Promise<readonly string[]> {
  const before = world.store.transaction(({ events }) => events.lastId());
  await step();
  return eventsAfter(world, before).map(({ event }) =>
    event.container === null ? event.type : `${event.type} ${event.container}`,
  );
}

import type { EventType, NewEvent } from '@ds01/contracts/lifecycle';
import type { EventRecord } from '@ds01/ports';
import { listAll } from './commands.ts';
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

/** {@link toldBy}; what everybody's next looks tell after it, which should be nothing, is marked. */
export async function toldOnce(world: World, step: () => unknown): Promise<readonly string[]> {
  const told = await toldBy(world, step);
  const later = await toldBy(world, async () => {
    await listAll(world);
    await listAll(world);
  });
  return [...told, ...later.map((event) => `told later: ${event}`)];
}

/** The last event of a type. */
export function lastOf(world: World, type: EventType): NewEvent | undefined {
  return eventsAfter(world)
    .map(({ event }) => event)
    .findLast((event) => event.type === type);
}

/** How {@link toldBy} says these types of alice's container thesis. */
export function ofThesis(...types: readonly EventType[]): readonly string[] {
  return types.map((type) => `${type} thesis._.alice`);
}

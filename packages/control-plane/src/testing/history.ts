import type { EventType } from '@ds01/contracts/lifecycle';
import { eventsAfter } from './told.ts';
import type { World } from './world.ts';

/** What a step of a life may come after; `null` is its beginning. */
type Steps = Readonly<Partial<Record<EventType, readonly (EventType | null)[]>>>;

const ends = [
  'container.stopped',
  'container.stopped-by-admin',
  'container.ended',
  'lifecycle.idle-stopped',
  'lifecycle.runtime-stopped',
] as const;

/** A run has one beginning and one end; what is removed by force has no end of its own. */
const runs: Steps = {
  'container.created': [null],
  'container.started': ['container.created', ...ends],
  ...Object.fromEntries(ends.map((end) => [end, ['container.started']])),
  'container.removed': ['container.created', 'container.started', ...ends],
};

const free = ['gpu.lease-released', 'lifecycle.hold-ended'] as const;
const leased = ['gpu.lease-granted', 'gpu.lease-held', 'gpu.lost'] as const;

/** What is given back was leased, and what is leased was free. */
const leases: Steps = {
  'gpu.lease-granted': [null, ...free],
  'gpu.lease-held': [null, ...leased],
  'gpu.lost': leased,
  ...Object.fromEntries(free.map((end) => [end, leased])),
};

/**
 * What must hold at every moment: the history of each container that was written down from its
 * beginning makes sense, and ends where the ledger is. Broken rules in words.
 */
export function brokenHistory(world: World): readonly string[] {
  const { records, live } = world.store.transaction(({ containers, leases: table }) => ({
    records: new Map<string, boolean>(
      containers.all().map(({ id, startedAtMs }) => [id, startedAtMs !== null]),
    ),
    live: new Set<string>(table.live().flatMap(({ containerId }) => containerId ?? [])),
  }));
  const byContainer = Map.groupBy(eventsAfter(world), ({ event }) => event.containerId);
  return [...byContainer].flatMap(([id, found]) => {
    const types = found.map(({ event }) => event.type);
    if (id === null || !types.includes('container.created')) return [];
    const name = id.slice(0, 6);
    const run = lifeOf(types, runs, name);
    const lease = lifeOf(types, leases, name);
    const wasRunning = run.last === 'container.started';
    const wasLeased = leased.some((type) => type === lease.last);
    return [
      ...run.broken,
      ...lease.broken,
      ...((records.get(id) ?? false) === wasRunning ? [] : [`${name} runs, or not: ${run.last}`]),
      ...(records.has(id) === (run.last !== 'container.removed')
        ? []
        : [`${name} is known, or not: ${run.last}`]),
      ...(live.has(id) === wasLeased ? [] : [`${name} has a lease, or not: ${lease.last}`]),
    ];
  });
}

function lifeOf(types: readonly EventType[], steps: Steps, name: string) {
  const broken: string[] = [];
  let last: EventType | null = null;
  for (const type of types) {
    const before = steps[type];
    if (before === undefined) continue;
    if (!before.includes(last)) broken.push(`${name}: ${type} after ${last ?? 'nothing'}`);
    last = type;
  }
  return { broken, last };
}

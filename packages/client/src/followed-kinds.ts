import { parsedOrNull, understood } from './answers.ts';
import type { FollowedRecords, FollowId } from './daemon-client.ts';
import type { loadSchemas } from './load-schemas.ts';
import type { ServerEvent } from './server-events.ts';

/** How records of one kind are read. */
export interface FollowedKind<Id extends FollowId> {
  /** Fails for an event of another shape. */
  readonly read: (event: ServerEvent) => FollowedRecords[Id];
  /** True for the record after which none comes. */
  readonly isLast: (record: FollowedRecords[Id]) => boolean;
}

/** States of a waiting request in which something can still become of it. */
const openStates: ReadonlySet<string> = new Set(['waiting', 'granted']);

/** What can be followed, by route. */
export function createFollowedKinds(schemas: Awaited<ReturnType<typeof loadSchemas>>): {
  readonly [Id in FollowId]: FollowedKind<Id>;
} {
  return {
    'containers.logs': {
      read: ({ type, data }) => ({ stream: type === 'stderr' ? 'stderr' : 'stdout', line: data }),
      isLast: () => false,
    },
    'events.follow': {
      read: ({ data }) => understood(schemas.eventSchema.safeParse(parsedOrNull(data))),
      isLast: () => false,
    },
    'operations.follow': {
      read: ({ data }) => understood(schemas.operationLineSchema.safeParse(parsedOrNull(data))),
      isLast: (record) => 'operation' in record && record.operation.state !== 'running',
    },
    'queue.follow': {
      read: ({ data }) => understood(schemas.queueEntrySchema.safeParse(parsedOrNull(data))),
      isLast: ({ state }) => !openStates.has(state),
    },
  };
}

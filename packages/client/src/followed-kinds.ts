import { understood } from './answers.ts';
import type { FollowedRecords, FollowId } from './daemon-client.ts';
import type { loadSchemas } from './load-schemas.ts';

/** How records of one kind are read. */
export interface FollowedKind<Id extends FollowId> {
  /** Fails for data of another shape. */
  readonly read: (data: unknown) => FollowedRecords[Id];
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
    'events.follow': {
      read: (data) => understood(schemas.eventSchema.safeParse(data)),
      isLast: () => false,
    },
    'operations.follow': {
      read: (data) => understood(schemas.operationLineSchema.safeParse(data)),
      isLast: (record) => 'operation' in record && record.operation.state !== 'running',
    },
    'queue.follow': {
      read: (data) => understood(schemas.queueEntrySchema.safeParse(data)),
      isLast: ({ state }) => !openStates.has(state),
    },
  };
}

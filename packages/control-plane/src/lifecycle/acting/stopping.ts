import { containerIdSchema, usernameSchema, type ContainerId } from '@ds01/contracts';
import type { NewEvent } from '@ds01/contracts/lifecycle';
import type { MetaTable } from '@ds01/ports';
import { z } from 'zod';
import { readStored } from '../../read-stored.ts';

const prefix = 'lifecycle:stopping:';
const detailsSchema = z.object({
  limit: z.string(),
  lastActiveAt: z.iso.datetime().nullable(),
  ranForMs: z.int(),
});
const stoppingSchema = z.object({
  rule: z.enum(['idle', 'max-runtime']),
  user: usernameSchema.nullable(),
  uid: z.number().nullable(),
  container: z.string(),
  details: detailsSchema,
});
/** A stop by a rule that has begun: what there is to tell when it is done. */
export type Stopping = z.infer<typeof stoppingSchema>;

/** Notes it before anything is done, so that a daemon that dies on the way still tells of it. */
export function putStopping(
  meta: Pick<MetaTable, 'set'>,
  id: ContainerId,
  stopping: Stopping,
): void {
  meta.set(`${prefix}${id}`, JSON.stringify(stopping));
}

/** It is done, or was given up. */
export function forgetStopping(meta: Pick<MetaTable, 'remove'>, id: ContainerId): void {
  meta.remove(`${prefix}${id}`);
}

/** Stops that have begun. */
export function allStopping(meta: Pick<MetaTable, 'list'>): ReadonlyMap<ContainerId, Stopping> {
  return new Map(
    meta.list(prefix).flatMap(({ key, value }) => {
      const id = containerIdSchema.safeParse(key.slice(prefix.length)).data;
      const stopping = readStored(stoppingSchema, value);
      return id === undefined || stopping === null ? [] : [[id, stopping] as const];
    }),
  );
}

/** The event that tells of it. */
export function stoppedEvent(id: ContainerId, stopping: Stopping): NewEvent {
  const { rule, user, uid, container, details } = stopping;
  const type = rule === 'idle' ? 'lifecycle.idle-stopped' : 'lifecycle.runtime-stopped';
  return { type, user, uid, container, containerId: id, details };
}

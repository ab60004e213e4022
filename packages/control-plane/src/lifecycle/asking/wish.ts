import { containerIdSchema, type ContainerId } from '@ds01/contracts';
import type { MetaTable } from '@ds01/ports';
import { z } from 'zod';
import { readStored } from '../../read-stored.ts';

/** What people asked for, apart from what the rules remember: both are written at any time. */
const wishSchema = z.object({
  /** Runtime beyond the limit that was granted. */
  extensionMs: z.number().default(0),
  /** What an administrator has to answer. */
  request: z
    .object({ byMs: z.number(), reason: z.string().nullable(), atWallMs: z.number() })
    .nullable()
    .default(null),
  /** Moment until which the idle rule is postponed. */
  keepUntilMs: z.number().nullable().default(null),
});
/** What was asked for of a container. */
export type Wish = z.infer<typeof wishSchema>;

const prefix = 'lifecycle:wish:';
/** Nothing was asked for. */
export const noWish: Wish = { extensionMs: 0, request: null, keepUntilMs: null };

/** What was asked for of a container. */
export function readWish(meta: Pick<MetaTable, 'get'>, id: ContainerId): Wish {
  return readStored(wishSchema, meta.get(`${prefix}${id}`)) ?? noWish;
}

/** Changes it, and returns what it is then. */
export function putWish(
  meta: Pick<MetaTable, 'get' | 'set'>,
  id: ContainerId,
  change: Partial<Wish>,
): Wish {
  const wish = { ...readWish(meta, id), ...change };
  meta.set(`${prefix}${id}`, JSON.stringify(wish));
  return wish;
}

/** Everything that was asked for. */
export function allWishes(meta: Pick<MetaTable, 'list'>): ReadonlyMap<ContainerId, Wish> {
  return new Map(
    meta.list(prefix).flatMap(({ key, value }) => {
      const id = containerIdSchema.safeParse(key.slice(prefix.length)).data;
      const wish = readStored(wishSchema, value);
      return id === undefined || wish === null ? [] : [[id, wish] as const];
    }),
  );
}

/** Forgets what was asked for of containers that are gone. */
export function forgetWishes(
  meta: Pick<MetaTable, 'list' | 'remove'>,
  present: ReadonlySet<ContainerId>,
): void {
  for (const id of allWishes(meta).keys()) {
    if (!present.has(id)) meta.remove(`${prefix}${id}`);
  }
}

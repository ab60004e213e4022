import type { StoreTransaction } from '@ds01/ports';
import { z } from 'zod';
import { readStored } from '../read-stored.ts';

const prefix = 'storage:';
const toldSchema = z.object({ level: z.enum(['near', 'over']), atMs: z.number() });
const rememberedSchema = z.object({
  measuredAtMs: z.number(),
  measuredAtWallMs: z.number(),
  bytes: z.number().nonnegative().nullable(),
  told: toldSchema.nullable(),
  stopsAtMs: z.number().nullable(),
});

/** What somebody was told last, and when on the rules' clock. */
export type Told = z.infer<typeof toldSchema>;
/**
 * What was measured last: when, on the rules' clock and on the wall; `null` bytes couldn't be measured.
 * `stopsAtMs` was promised to the container's owner.
 */
export type RememberedSize = z.infer<typeof rememberedSchema>;

/** What is kept of all that was measured, by the keys of its subjects. */
export function rememberedSizes({
  meta,
}: Pick<StoreTransaction, 'meta'>): ReadonlyMap<string, RememberedSize> {
  return new Map(
    meta.list(prefix).flatMap(({ key, value }) => {
      const remembered = readStored(rememberedSchema, value);
      return remembered === null ? [] : [[key.slice(prefix.length), remembered] as const];
    }),
  );
}

/** Keeps it across restarts. */
export function putSize(
  { meta }: Pick<StoreTransaction, 'meta'>,
  key: string,
  remembered: RememberedSize,
): void {
  meta.set(prefix + key, JSON.stringify(remembered));
}

/** Whatever it was of is gone, or has no limit any more. */
export function forgetSize({ meta }: Pick<StoreTransaction, 'meta'>, key: string): void {
  meta.remove(prefix + key);
}

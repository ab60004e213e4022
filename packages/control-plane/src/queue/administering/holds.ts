import type { MetaTable } from '@ds01/ports';
import { z } from 'zod';
import { readStored } from '../../read-stored.ts';

/** `held`: nothing is granted; `draining`: nobody may join. */
export type HoldKind = 'held' | 'draining';

const holdSchema = z.object({ reason: z.string().nullable() });
/** Why the whole queue is held, or drained. */
export type Hold = z.infer<typeof holdSchema>;

const keyOf = (kind: HoldKind): string => `queue:${kind}`;

/** `null` when it isn't. */
export function readHold(meta: Pick<MetaTable, 'get'>, kind: HoldKind): Hold | null {
  return readStored(holdSchema, meta.get(keyOf(kind))) ?? null;
}

/** Holds or drains the queue; `null` ends that. */
export function putHold(
  meta: Pick<MetaTable, 'set' | 'remove'>,
  kind: HoldKind,
  hold: Hold | null,
): void {
  if (hold === null) meta.remove(keyOf(kind));
  else meta.set(keyOf(kind), JSON.stringify(hold));
}

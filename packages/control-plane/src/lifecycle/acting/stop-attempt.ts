import type { ContainerId } from '@ds01/contracts';
import type { MetaTable } from '@ds01/ports';
import { z } from 'zod';
import { readStored } from '../../read-stored.ts';

const prefix = 'lifecycle:stop-attempt:';
const attemptSchema = z.object({
  rule: z.enum(['idle', 'max-runtime']),
  /** What the rule counts from: a stop from another moment is another stop. */
  sinceMs: z.number().nullable(),
  hookBegun: z.boolean(),
});
/** A stop by a rule of which its owner has been told, however often it is tried. */
export type StopAttempt = z.infer<typeof attemptSchema>;

/** Notes it, in the transaction that tells of it. */
export function putAttempt(
  meta: Pick<MetaTable, 'set'>,
  id: ContainerId,
  attempt: StopAttempt,
): void {
  meta.set(`${prefix}${id}`, JSON.stringify(attempt));
}

/** The attempt at the same stop before, by this daemon or one that died; `null` when there was none. */
export function sameAttempt(
  meta: Pick<MetaTable, 'get'>,
  id: ContainerId,
  { rule, sinceMs }: Pick<StopAttempt, 'rule' | 'sinceMs'>,
): StopAttempt | null {
  const text = meta.get(`${prefix}${id}`);
  const known = text === null ? null : readStored(attemptSchema, text);
  return known?.rule === rule && known.sinceMs === sinceMs ? known : null;
}

/** The stop is done. */
export function forgetAttempt(meta: Pick<MetaTable, 'remove'>, id: ContainerId): void {
  meta.remove(`${prefix}${id}`);
}

/** Forgets those of containers that are gone. */
export function forgetAttempts(
  meta: Pick<MetaTable, 'list' | 'remove'>,
  present: ReadonlySet<string>,
): void {
  for (const { key } of meta.list(prefix)) {
    if (!present.has(key.slice(prefix.length))) meta.remove(key);
  }
}

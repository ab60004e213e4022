import type { Moment } from '@ds01/lifecycle';
import type { MetaTable } from '@ds01/ports';
import { z } from 'zod';
import { readStored } from '../../read-stored.ts';

const key = 'lifecycle:paused';
const pauseSchema = z.object({
  untilMs: z.number(),
  by: z.string(),
  reason: z.string().nullable(),
});
/** Until when no rule acts, and who said so. */
export interface RulePause {
  readonly untilMs: Moment;
  readonly by: string;
  readonly reason: string | null;
}

/** The pause that is kept, also one that is over; `null` without. */
export function readPause(meta: Pick<MetaTable, 'get'>): RulePause | null {
  return readStored(pauseSchema, meta.get(key));
}

/** Keeps it across restarts; `null` ends it. */
export function putPause(meta: Pick<MetaTable, 'set' | 'remove'>, pause: RulePause | null): void {
  if (pause === null) meta.remove(key);
  else meta.set(key, JSON.stringify(pause));
}

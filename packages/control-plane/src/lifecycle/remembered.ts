import type { ContainerId } from '@ds01/contracts';
import { lifecycleMemorySchema } from '@ds01/lifecycle';
import type { LifecycleTable } from '@ds01/ports';
import { z } from 'zod';

const moment = z.number();
const nullable = moment.nullable();

const countersSchema = z.object({
  atMs: moment,
  cpuTimeMs: z.number().nullable(),
  networkBytes: z.number().nullable(),
  /** As the kernel said it, and the moment that was found for it then. */
  inputWallMs: z.number().nullable(),
  inputAtMs: nullable,
});
/** Counters of a container at a moment. */
export type Counters = z.infer<typeof countersSchema>;

/** A time of the engine, and the moment that was found for it when it was first seen. */
const datedSchema = z.object({ wallMs: z.number(), atMs: moment });

const rememberedSchema = z.object({
  memory: lifecycleMemorySchema.nullable(),
  counters: countersSchema.nullable(),
  createdAt: datedSchema,
  startedAt: datedSchema.nullable(),
  stoppedAt: datedSchema.extend({ wallMs: z.number().nullable() }).nullable(),
  /** It had processes when it was seen last. */
  wasAlive: z.boolean(),
  nextAtMs: nullable,
  sampleAtMs: nullable,
});
/** All that is kept of a container between two passes. */
export type Remembered = z.infer<typeof rememberedSchema>;

/** Reads what is kept; texts that were read before are not read again. */
export interface RememberedReader {
  /** What can't be read any more is as if it had never been. */
  all(table: LifecycleTable): ReadonlyMap<ContainerId, Remembered>;
}

/** Remembers the last reading. */
export function createRememberedReader(): RememberedReader {
  let known = new Map<ContainerId, { readonly text: string; readonly value: Remembered | null }>();
  return {
    all(table) {
      const rows = table.all().map(({ containerId, memory }) => {
        const before = known.get(containerId);
        const value = before?.text === memory ? before.value : parseRemembered(memory);
        return [containerId, { text: memory, value }] as const;
      });
      known = new Map(rows);
      return new Map(
        rows.flatMap(([id, { value }]) => (value === null ? [] : [[id, value] as const])),
      );
    },
  };
}

/** `null` for what can't be read. */
export function parseRemembered(text: string): Remembered | null {
  try {
    return rememberedSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Keeps it. */
export function putRemembered(table: LifecycleTable, id: ContainerId, value: Remembered): void {
  table.put(id, JSON.stringify(value));
}

/** Forgets those that are gone. */
export function forgetGone(table: LifecycleTable, present: ReadonlySet<ContainerId>): void {
  for (const { containerId } of table.all()) {
    if (!present.has(containerId)) table.remove(containerId);
  }
}

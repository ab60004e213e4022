import type { ContainerId } from '@ds01/contracts';
import { lifecycleMemorySchema } from '@ds01/lifecycle';
import type { LifecycleTable } from '@ds01/ports';
import { z } from 'zod';
import { readStored } from '../../read-stored.ts';

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

/** Reads and writes what is kept; texts that were read or written before are not read again. */
export interface RememberedReader {
  /** What can't be read any more is as if it had never been. */
  all(table: LifecycleTable): ReadonlyMap<ContainerId, Remembered>;
  put(table: LifecycleTable, id: ContainerId, value: Remembered): void;
}

/** Remembers the last reading. */
export function createRememberedReader(): RememberedReader {
  const known = new Map<
    ContainerId,
    { readonly text: string; readonly value: Remembered | null }
  >();
  return {
    all(table) {
      const rows = table.all();
      const found = new Map<ContainerId, Remembered>();
      for (const { containerId, memory } of rows) {
        const before = known.get(containerId);
        const value = before?.text === memory ? before.value : readStored(rememberedSchema, memory);
        if (before?.text !== memory) known.set(containerId, { text: memory, value });
        if (value !== null) found.set(containerId, value);
      }
      if (known.size > rows.length) {
        const present = new Set(rows.map(({ containerId }) => containerId));
        for (const id of known.keys()) if (!present.has(id)) known.delete(id);
      }
      return found;
    },
    put(table, id, value) {
      const text = JSON.stringify(value);
      table.put(id, text);
      known.set(id, { text, value });
    },
  };
}

/** Forgets those that are gone. */
export function forgetGone(table: LifecycleTable, present: ReadonlySet<ContainerId>): void {
  for (const { containerId } of table.all()) {
    if (!present.has(containerId)) table.remove(containerId);
  }
}

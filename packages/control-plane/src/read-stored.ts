import type { z } from 'zod';

/**
 * Reads a value that the ledger keeps as JSON. What nobody can read (of another version, or damaged) is
 * `null`, as if it had never been kept: one row must not stop a look at everything.
 */
export function readStored<T>(schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null;
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

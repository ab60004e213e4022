import { z } from 'zod';
import type { EngineRequest } from './connection.ts';
import { notUnderstood } from './engine-errors.ts';

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('it is not JSON');
    return z.NEVER;
  }
});

/** Reads JSON text as `schema` says. Throws `engine.error` with the first problem. */
export function readJson<T>(
  schema: z.ZodType<T>,
  text: string,
  request: Pick<EngineRequest, 'method' | 'path'>,
): T {
  const json = jsonText.safeParse(text);
  if (!json.success) throw notUnderstood(request, 'it is not JSON');
  const parsed = schema.safeParse(json.data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw notUnderstood(request, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** The engine leaves lists out, or sends `null` for empty ones. */
export function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);
}

/** A string map that may be missing. */
export const stringMap = z
  .record(z.string(), z.string().nullable())
  .nullish()
  .transform((map) =>
    Object.fromEntries(Object.entries(map ?? {}).map(([name, value]) => [name, value ?? ''])),
  );

/** A string that may be missing. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

/** RFC 3339 time as Unix milliseconds; Go's zero time (year 1) and nonsense are `null`. */
export const time = z
  .string()
  .nullish()
  .transform((value) => {
    const parsed = Date.parse(value ?? '');
    return Number.isNaN(parsed) || parsed <= 0 ? null : parsed;
  });

import { z } from 'zod';
import type { Problem } from './errors.ts';

/** Wire form of an error: RFC 9457 problem details with DS01's fields. */
export const problemSchema: z.ZodType<Problem> = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  hint: z.string().nullable(),
  retryable: z.boolean(),
  details: z.record(z.string(), z.unknown()),
  requestId: z.string().nullable(),
});

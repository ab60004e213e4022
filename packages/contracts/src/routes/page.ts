import { z } from 'zod';
import { queryIntegerSchema } from './route.ts';

/** Longest page that can be asked for. */
export const longestPage = 1000;

/**
 * Input of a list that can be read in pages. Without `limit` everything comes at once; `cursor` is the
 * `nextCursor` of the page before.
 */
export const pageShape = {
  limit: queryIntegerSchema
    .pipe(z.int({ error: 'a whole number, 1 to 1000' }).min(1).max(longestPage))
    .nullable()
    .default(null),
  cursor: z.string().min(1).max(2000).nullable().default(null),
};

/** Output of a list that can be read in pages: `null` on the last page. */
export const nextCursorShape = { nextCursor: z.string().nullable() };

/** The same of a list that commands print as it is: absent unless a page was asked for. */
export const pageCursorShape = { nextCursor: z.string().nullable().optional() };

import { z } from 'zod';

/** What a section of settings must be. */
export const section = 'a mapping of settings';

/** A whole number in a range. */
export function integer(minimum: number, maximum: number, unit: string) {
  const error = `a whole number of ${unit}, ${minimum} to ${maximum}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
}

/** A number from 0 on. */
export function amount(maximum: number, unit: string) {
  const error = `a number of ${unit}, 0 to ${maximum}`;
  return z.number({ error }).min(0, { error }).max(maximum, { error });
}

/** A switch. */
export const flag = z.boolean({ error: 'true or false' });

/** A line of text. */
export function text(error: string, pattern = /^\P{Cc}{1,500}$/u) {
  return z.string({ error }).regex(pattern, { error });
}

/** A list, empty by default. */
export function list<T extends z.ZodType>(item: T, error: string) {
  return z.array(item, { error }).default([]);
}

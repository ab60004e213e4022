/** Something that the demo promised and that turned out not to be so. */
export class BrokenPromise extends Error {}

/** Goes on if `holds`; else the demo has failed. */
export function claim(what: string, holds: boolean): void {
  if (!holds) throw new BrokenPromise(`this should be so and is not: ${what}`);
}

/** The value, which the demo promised to be there. */
export function found<T>(what: string, value: T | null | undefined): T {
  if (value === null || value === undefined) throw new BrokenPromise(`there is no ${what}`);
  return value;
}

import { readSpan, textFlag, type FlagValues } from '@ds01/command-line';

const yearMs = 366 * 24 * 3_600_000;

/** A span that a flag gives, such as `6h`. */
export interface AskedSpan {
  /** Its name in camel case. */
  readonly flag: string;
  /** A command that gives it as it should be. */
  readonly example: string;
}

/**
 * Milliseconds of a flag; `null` when it wasn't given. Fails with `usage.invalid` for what is no span with
 * its unit, for nothing at all and for more than a year.
 */
export function askSpan(flags: FlagValues, { flag, example }: AskedSpan): number | null {
  const text = textFlag(flags, flag);
  if (text === null) return null;
  return readSpan(text, { flag: `--${flag}`, example, leastMs: 1, mostMs: yearMs });
}

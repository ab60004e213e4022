import { textFlag, type FlagValues } from '@ds01/command-line';
import { ds01Error, parseDuration } from '@ds01/contracts/core';

const yearMs = 366 * 24 * 3_600_000;

/** A span that a flag gives, such as `6h`; a number alone is hours. */
export interface AskedSpan {
  /** Its name in camel case. */
  readonly flag: string;
  /** A command that gives it as it should be. */
  readonly example: string;
}

/**
 * Milliseconds of a flag; `null` when it wasn't given. Fails with `usage.invalid` for what is no span,
 * for nothing at all and for more than a year.
 */
export function askSpan(flags: FlagValues, { flag, example }: AskedSpan): number | null {
  const text = textFlag(flags, flag);
  if (text === null) return null;
  const spanMs = parseDuration(text, 'h');
  if (spanMs !== undefined && spanMs > 0 && spanMs <= yearMs) return spanMs;
  throw ds01Error('usage.invalid', {
    message: `--${flag} takes a time such as 90m, 6h or 2d, up to a year, not ${JSON.stringify(text)}.`,
    hint: example,
  });
}

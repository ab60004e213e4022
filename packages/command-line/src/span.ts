import { ds01Error, formatDuration, parseDuration } from '@ds01/contracts/core';

/** How a span is named in messages, and how long it may be. */
export interface AskedSpan {
  /** As it is typed: `--for`. */
  readonly flag: string;
  /** A command that gives it as it should be. */
  readonly example: string;
  /** Nothing below a second where it is left out. */
  readonly leastMs?: number;
  readonly mostMs?: number;
}

/**
 * Milliseconds of a time as people type it: `90m`, `6h`, `2d`; `undefined` for anything else. A number
 * alone is none: it would be minutes to one person and days to the next.
 */
export function spanOf(text: string): number | undefined {
  return /[a-z]\s*$/i.test(text) ? parseDuration(text, 'h') : undefined;
}

/** {@link spanOf}. Fails with `usage.invalid` for what is no span, too short or too long. */
export function readSpan(text: string, asked: AskedSpan): number {
  const { flag, example, leastMs = 1000, mostMs = Infinity } = asked;
  const spanMs = spanOf(text);
  if (spanMs !== undefined && spanMs >= leastMs && spanMs <= mostMs) return spanMs;
  throw ds01Error('usage.invalid', { message: problemOf(text, { flag, mostMs }), hint: example });
}

function problemOf(
  text: string,
  { flag, mostMs }: { readonly flag: string; readonly mostMs: number },
): string {
  const number = /^\s*(\d+(?:\.\d+)?)\s*$/.exec(text)?.[1];
  if (number !== undefined && Number(number) > 0) {
    return `${flag} ${number} says no unit: ${number}m are minutes, ${number}h hours, ${number}d days.`;
  }
  const most = mostMs === Infinity ? '' : `, up to ${formatDuration(mostMs)}`;
  return `${flag} takes a time such as 30m, 6h or 2d${most}, not ${JSON.stringify(text)}.`;
}

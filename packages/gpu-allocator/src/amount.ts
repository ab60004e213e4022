/**
 * An amount of GPU equivalents, possibly without limit. It is an object so that a bare `+` or `<`
 * on quotas doesn't compile to something that works.
 */
export interface Amount {
  /** GPU equivalents, never negative; `Infinity` is no limit. */
  readonly value: number;
}

/**
 * Sevenths don't add up exactly in binary, and people round them in files: amounts that differ by
 * no more than this are the same.
 */
const tolerance = 1e-6;

/** No limit. */
export const unlimited: Amount = { value: Infinity };

/** Nothing. */
export const nothing: Amount = { value: 0 };

/** An amount from a limit: `null` is no limit. What isn't a number or is negative counts as 0. */
export function amountOf(limit: number | null): Amount {
  if (limit === null) return unlimited;
  return { value: limit > 0 ? limit : 0 };
}

/** Sum of weights. Weights that aren't numbers make the sum unlimited, so that it fits nowhere. */
export function sumOf(weights: readonly number[]): Amount {
  const value = weights.reduce((sum, weight) => sum + weight, 0);
  return Number.isNaN(value) ? unlimited : { value };
}

/** Both together. */
export function plus(left: Amount, right: Amount): Amount {
  return { value: left.value + right.value };
}

/** What is left of `whole` after `part`; never below nothing, and no limit stays no limit. */
export function minus(whole: Amount, part: Amount): Amount {
  if (whole.value === Infinity) return unlimited;
  return { value: Math.max(0, whole.value - part.value) };
}

/** True if `amount` is at most `limit`, give or take the tolerance. Unlimited amounts fit nowhere. */
export function fits(amount: Amount, limit: Amount): boolean {
  return amount.value < Infinity && amount.value <= limit.value + tolerance;
}

/** Less than zero when `left` is less, zero when they are the same within the tolerance. */
export function compareAmounts(left: Amount, right: Amount): number {
  if (left.value === right.value || Math.abs(left.value - right.value) <= tolerance) return 0;
  return left.value < right.value ? -1 : 1;
}

/** For people: at most three decimals (`2.286`), or `unlimited`. */
export function formatAmount(amount: Amount): string {
  if (amount.value === Infinity) return 'unlimited';
  return String(Math.round(amount.value * 1000) / 1000);
}

/** A version as catalogues write it: `2.8.0-aime`, `1.14.0a-nvidia`, `24.10`. */
export interface CatalogueVersion {
  /** `[2, 8, 0]`; empty when it begins with no number. */
  readonly numbers: readonly number[];
  /** It is an alpha, beta or release candidate: `a`, `b`, `rc` right behind the numbers. */
  readonly preRelease: boolean;
  /** What follows, without its dash: `aime`; empty for the release itself. */
  readonly suffix: string;
}

/** Takes a version apart. Anything is a version: without numbers all of it is the suffix. */
export function parseVersion(text: string): CatalogueVersion {
  const found = /^v?(\d+(?:\.\d+)*)(?:(a|b|rc)\d*)?(?=$|[^A-Za-z0-9])[-_.+]?(.*)$/i.exec(
    text.trim(),
  );
  if (found === null) return { numbers: [], preRelease: false, suffix: text.trim() };
  const [, numbers = '', pre, suffix = ''] = found;
  return { numbers: numbers.split('.').map(Number), preRelease: pre !== undefined, suffix };
}

/** Orders lists of numbers, the first one counting most; what is missing is 0. */
export function compareNumbers(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/**
 * Orders versions, oldest first, by their numbers: 2.10 is newer than 2.9. A pre-release comes before
 * its release; what has a suffix (`-aime`, `-devel`) comes before what has none.
 */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [parseVersion(left), parseVersion(right)];
  const byNumbers = compareNumbers(a.numbers, b.numbers);
  if (byNumbers !== 0) return byNumbers;
  if (a.preRelease !== b.preRelease) return a.preRelease ? -1 : 1;
  if ((a.suffix === '') !== (b.suffix === '')) return a.suffix === '' ? 1 : -1;
  return compareTexts(a.suffix, b.suffix);
}

/** A version is what was asked for: `2.8` is every 2.8.x, `2.8.0` also `2.8.0-aime`. */
export function matchesVersion(version: string, wanted: string): boolean {
  if (version === wanted) return true;
  const [have, want] = [parseVersion(version), parseVersion(wanted)];
  if (want.numbers.length === 0) return false;
  const sameNumbers = want.numbers.every((number, index) => number === (have.numbers[index] ?? 0));
  if (!sameNumbers || (want.preRelease && !have.preRelease)) return false;
  return want.suffix === '' || want.suffix === have.suffix;
}

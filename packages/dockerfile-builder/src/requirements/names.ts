/** A project name, or an extra's, by PEP 508. Not anchored: use with `y`, or between `^` and `$`. */
export const projectNamePattern = /[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?/y;

/**
 * A package's name as an index compares it: lower case, runs of `-`, `_` and `.` are one `-`
 * (PEP 503, "Normalized Names"). Idempotent.
 */
export function normaliseName(name: string): string {
  return name.replaceAll(/[-_.]+/g, '-').toLowerCase();
}

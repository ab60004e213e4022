/** Edits (insert, delete, replace, swap of neighbours) between two short texts. */
function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped)
        best = Math.min(best, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}

/** Whether a name looks cut short (`idle_timeout` for `idle_timeout_h`). */
function isBeginning(given: string, name: string): boolean {
  return given.length >= 4 && name.length > given.length && name.startsWith(given);
}

/**
 * The known name that is fewest edits away, case and `-` against `_` not counted; `null` when even
 * that one differs in more than a third of its letters (two edits are always near enough for names
 * of four letters or more). A known name that begins with the given one is nearer than any edit.
 * The first of equally near names wins.
 */
export function nearestName(given: string, known: Iterable<string>): string | null {
  if (given.length > 80) return null;
  const normal = (name: string) => name.toLowerCase().replaceAll('-', '_');
  let nearest: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const distance = isBeginning(normal(given), normal(name))
      ? 0.5
      : editDistance(normal(given), normal(name));
    const near = Math.max(name.length >= 4 ? 2 : 1, Math.floor(name.length / 3));
    if (distance <= near && distance < least) {
      nearest = name;
      least = distance;
    }
  }
  return nearest;
}

import { crossesNuma, type Links } from './links.ts';
import type { Comparator, ComparatorOf, SearchInput } from './search.ts';
import type { SlotView } from './view.ts';

/** Up to so many free GPUs every set is looked at (12,870 sets of 8); beyond, the search is greedy. */
const mostForExactSearch = 16;

interface Score {
  readonly own: number;
  readonly inside: number;
  readonly crossings: number;
  readonly left: number;
  readonly leftCrossings: number;
}

interface Scored {
  readonly score: Score | undefined;
  readonly indices: readonly number[];
}

interface Matrix {
  readonly own: readonly boolean[];
  readonly nvlinks: readonly (readonly number[])[];
  readonly crossings: readonly (readonly number[])[];
  /** Sum of each row. */
  readonly nvlinkDegrees: readonly number[];
  readonly crossingDegrees: readonly number[];
  /** Sum over all pairs. */
  readonly nvlinkTotal: number;
  readonly crossingTotal: number;
}

/**
 * The best set of `count` whole GPUs: most NVLinks inside, then fewest NUMA crossings inside, then
 * most NVLinks and fewest crossings among those left free, then numeric order. Slots that `own`
 * puts first come before all of that. `undefined` when there are too many or too few candidates.
 */
export function bestSet(
  { candidates, count }: SearchInput,
  links: Links,
  own: Comparator,
): readonly SlotView[] | undefined {
  if (candidates.length > mostForExactSearch || candidates.length < count) return undefined;
  const matrix = matrixOf(candidates, links, own);
  let best: Scored = { score: undefined, indices: [] };
  const nothing: Score = { own: 0, inside: 0, crossings: 0, left: 0, leftCrossings: 0 };
  const stack: number[] = [];
  const visit = (from: number, score: Score): void => {
    if (stack.length === count) {
      const whole = withLeft(score, stack, matrix);
      if (best.score === undefined || compareScores(whole, best.score) < 0) {
        best = { score: whole, indices: [...stack] };
      }
      return;
    }
    for (let next = from; next <= candidates.length - (count - stack.length); next += 1) {
      const grown = grow(score, stack, next, matrix);
      stack.push(next);
      visit(next + 1, grown);
      stack.pop();
    }
  };
  visit(0, nothing);
  return best.indices.flatMap((index) => candidates[index] ?? []);
}

/** Comparator for many GPUs: most NVLinks to the chosen ones, fewest crossings, least left alone. */
export function byTopology(links: Links): ComparatorOf {
  return ({ open, chosen }) => {
    const scores = new Map(open.map((view) => [view, attachment(view, open, chosen, links)]));
    return (left, right) => {
      const first = scores.get(left);
      const second = scores.get(right);
      if (first === undefined || second === undefined) return 0;
      return (
        second.toChosen - first.toChosen ||
        first.crossings - second.crossings ||
        (chosen.length === 0 ? second.toOpen - first.toOpen : first.toOpen - second.toOpen)
      );
    };
  };
}

function attachment(
  view: SlotView,
  open: readonly SlotView[],
  chosen: readonly SlotView[],
  links: Links,
): { readonly toChosen: number; readonly crossings: number; readonly toOpen: number } {
  const device = view.slot.deviceUuid;
  const nvlinksTo = (others: readonly SlotView[]): number =>
    others.reduce((sum, other) => sum + links.nvlinks(device, other.slot.deviceUuid), 0);
  return {
    toChosen: nvlinksTo(chosen),
    crossings: chosen.filter((other) => crossesNuma(view.device, other.device)).length,
    toOpen: nvlinksTo(open),
  };
}

function matrixOf(candidates: readonly SlotView[], links: Links, own: Comparator): Matrix {
  const nvlinks = candidates.map((row) =>
    candidates.map((column) => links.nvlinks(row.slot.deviceUuid, column.slot.deviceUuid)),
  );
  const crossings = candidates.map((row) =>
    candidates.map((column) => Number(crossesNuma(row.device, column.device))),
  );
  const nvlinkDegrees = nvlinks.map(total);
  const crossingDegrees = crossings.map(total);
  return {
    own: candidates.map((view) => candidates.some((other) => own(view, other) < 0)),
    nvlinks,
    crossings,
    nvlinkDegrees,
    crossingDegrees,
    nvlinkTotal: total(nvlinkDegrees) / 2,
    crossingTotal: total(crossingDegrees) / 2,
  };
}

function total(row: readonly number[]): number {
  return row.reduce((sum, value) => sum + value, 0);
}

function grow(score: Score, stack: readonly number[], next: number, matrix: Matrix): Score {
  let { inside, crossings } = score;
  for (const member of stack) {
    inside += matrix.nvlinks[next]?.[member] ?? 0;
    crossings += matrix.crossings[next]?.[member] ?? 0;
  }
  return { ...score, own: score.own + Number(matrix.own[next] ?? false), inside, crossings };
}

/** What stays among the others: everything, less what the members touch (their own pairs twice). */
function withLeft(score: Score, stack: readonly number[], matrix: Matrix): Score {
  const touched = (degrees: readonly number[]): number =>
    stack.reduce((sum, member) => sum + (degrees[member] ?? 0), 0);
  return {
    ...score,
    left: matrix.nvlinkTotal - touched(matrix.nvlinkDegrees) + score.inside,
    leftCrossings: matrix.crossingTotal - touched(matrix.crossingDegrees) + score.crossings,
  };
}

function compareScores(left: Score, right: Score): number {
  return (
    right.own - left.own ||
    right.inside - left.inside ||
    left.crossings - right.crossings ||
    right.left - left.left ||
    left.leftCrossings - right.leftCrossings
  );
}

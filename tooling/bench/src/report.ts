import type { Measurement } from './measurement.ts';

/** What the runs mean for whoever waits for them. */
export interface Verdict {
  /** `name ratio budget ok|over`, aligned. */
  readonly lines: readonly string[];
  /** Remarks and failures, for standard error. */
  readonly remarks: readonly string[];
  readonly exitCode: 0 | 1;
}

/** A ratio that isn't a number is over: nothing was measured. */
function isOver({ ratio, budget }: Measurement): boolean {
  return !(ratio <= budget);
}

/**
 * Judges measurements: an overrun without an accepted reason fails, and so does a reason that isn't
 * needed any more and a budget that no case measured.
 */
export function judge(
  measurements: readonly Measurement[],
  expected: readonly string[],
  accepted: Readonly<Record<string, string>>,
): Verdict {
  const names = measurements.map(({ name }) => name);
  const width = Math.max(0, ...names.map((name) => name.length));
  const lines = measurements.map((one) =>
    [
      one.name.padEnd(width),
      one.ratio.toFixed(2).padStart(8),
      one.budget.toFixed(2).padStart(8),
      isOver(one) ? 'over' : 'ok',
    ].join('  '),
  );
  const over = measurements.filter(isOver).map(({ name }) => name);
  const known = over.filter((name) => accepted[name] !== undefined);
  const failures = [
    ...over
      .filter((name) => accepted[name] === undefined)
      .map((name) => `FAILED ${name}: over budget`),
    ...Object.keys(accepted)
      .filter((name) => names.includes(name) && !over.includes(name))
      .map((name) => `FAILED ${name}: within budget again; take it out of accepted-overruns.ts`),
    ...expected
      .filter((name) => !names.includes(name))
      .map((name) => `FAILED ${name}: was not measured`),
  ];
  return {
    lines,
    remarks: [...known.map((name) => `accepted ${name}: ${accepted[name] ?? ''}`), ...failures],
    exitCode: failures.length === 0 ? 0 : 1,
  };
}

/** One budget and how it was met. */
export interface Measurement {
  /** Name of the budget: lower-case words with dashes. */
  readonly name: string;
  /** What was measured, in the unit of the budget. */
  readonly ratio: number;
  /** The most that is allowed. */
  readonly budget: number;
  /** The numbers behind the ratio, for people. */
  readonly raw: string;
}

/** Something that is measured; `run` gives one measurement for each of its budgets. */
export interface BenchCase {
  readonly budgets: readonly string[];
  readonly run: () => Promise<readonly Measurement[]> | readonly Measurement[];
}

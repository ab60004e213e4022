/** The middle one of some numbers, the lower of two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].toSorted((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/**
 * What something takes when nothing else gets in its way much: the median of the faster half. What else
 * a machine does only ever adds time, and a small machine under load is disturbed more often than not.
 */
export function undisturbed(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return median(sorted.slice(0, Math.ceil(sorted.length / 2)));
}

/**
 * Milliseconds of processor time that this process spends on some work: what a budget in seconds is
 * held against, since the time on the wall says as much about what else the machine does.
 */
export function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Two things measured in turn, so that whatever else the machine does hits both alike. */
export interface Pairs {
  /** Milliseconds of each turn. */
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/** How two things are measured against each other. */
export interface PairsOptions {
  /** Turns that count. */
  readonly turns: number;
  /** Turns before that, which don't. */
  readonly warmUp: number;
  /** Each measures itself and returns milliseconds. */
  readonly left: () => Promise<number> | number;
  readonly right: () => Promise<number> | number;
}

/** Measures two things in turn, each first in every other turn. */
export async function measurePairs(options: PairsOptions): Promise<Pairs> {
  const left: number[] = [];
  const right: number[] = [];
  for (let turn = -options.warmUp; turn < options.turns; turn += 1) {
    const order = turn % 2 === 0 ? (['left', 'right'] as const) : (['right', 'left'] as const);
    for (const side of order) {
      const milliseconds = await options[side]();
      if (turn >= 0) (side === 'left' ? left : right).push(milliseconds);
    }
  }
  return { left, right };
}

/** How many times as long the left thing takes as the right one, both undisturbed. */
export function ratioOf(pairs: Pairs): number {
  return undisturbed(pairs.left) / undisturbed(pairs.right);
}

/** `left 12.3 ms, right 10.1 ms, 15 pairs`: the times behind a ratio. */
export function describePairs(pairs: Pairs, names: readonly [string, string]): string {
  const show = (values: readonly number[]): string => `${undisturbed(values).toFixed(1)} ms`;
  const turns = String(pairs.left.length);
  return `${names[0]} ${show(pairs.left)}, ${names[1]} ${show(pairs.right)}, ${turns} pairs`;
}

/** The middle one of some numbers, the lower of two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].toSorted((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
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

/** `left 12.3 ms, right 10.1 ms, 15 pairs`: the medians behind a ratio. */
export function describePairs(pairs: Pairs, names: readonly [string, string]): string {
  const show = (values: readonly number[]): string => `${median(values).toFixed(1)} ms`;
  const turns = String(pairs.left.length);
  return `${names[0]} ${show(pairs.left)}, ${names[1]} ${show(pairs.right)}, ${turns} pairs`;
}

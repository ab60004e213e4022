/** A histogram as prom-client exports and takes one in. */
export interface HistogramExport {
  readonly name: string;
  readonly help: string;
  readonly type: 'histogram';
  readonly aggregator: 'sum';
  readonly values: readonly {
    readonly metricName: string;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly value: number;
  }[];
}

/** Counts how often something took how long. */
export interface Histogram {
  /** A function that counts one more duration in a series. */
  series(labels: Readonly<Record<string, string>>): (seconds: number) => void;
  export(): HistogramExport;
}

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** How many were within each bound, and beyond the last. */
  readonly counts: number[];
  sum: number;
}

/**
 * A histogram without series. Counting one duration with prom-client's takes as long as a fifth of a
 * small answer, for it looks its series up each time; so only what was counted is told to it.
 */
export function createHistogram(
  { name, help }: { readonly name: string; readonly help: string },
  bounds: readonly number[],
): Histogram {
  const all: Series[] = [];
  return {
    series(labels) {
      const series = { labels, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 };
      all.push(series);
      return (seconds) => {
        const bucket = bounds.findIndex((bound) => seconds <= bound);
        const at = bucket === -1 ? bounds.length : bucket;
        series.counts[at] = (series.counts[at] ?? 0) + 1;
        series.sum += seconds;
      };
    },
    export: () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: all.flatMap((series) => valuesOf(name, bounds, series)),
    }),
  };
}

/** Each bucket counts what is in the smaller ones as well. */
function valuesOf(
  name: string,
  bounds: readonly number[],
  { labels, counts, sum }: Series,
): HistogramExport['values'] {
  let total = 0;
  const buckets = counts.map((count, index) => {
    total += count;
    const le = bounds[index] ?? '+Inf';
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}

import { metricTable, type MetricName } from '@ds01/contracts/service';
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import { createHistogram, type Histogram } from './histogram.ts';

/** Names of metrics of one type. */
export type NameOf<Type extends string> = {
  [Name in MetricName]: (typeof metricTable)[Name]['type'] extends Type ? Name : never;
}[MetricName];

/** One series of a gauge. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Series of some gauges. */
export type GaugeSeries = Partial<Readonly<Record<NameOf<'gauge'>, readonly Series[]>>>;

/** Every metric of the table. */
export interface MetricsRegistry {
  add(name: NameOf<'counter'>, labels: Readonly<Record<string, string>>, amount: number): void;
  observe(
    name: NameOf<'histogram'>,
    labels: Readonly<Record<string, string>>,
    seconds: number,
  ): void;
  /** A function that observes in this series, for those who do so often. */
  series(
    name: NameOf<'histogram'>,
    labels: Readonly<Record<string, string>>,
  ): (seconds: number) => void;
  /** Replaces all series of these gauges; none takes one away. */
  set(gauges: GaugeSeries): void;
  /** The text format of Prometheus. */
  text(): Promise<string>;
}

const usualBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120] as const;
const queueBuckets = [10, 60, 300, 900, 3600, 14_400, 43_200, 86_400] as const;

/** A registry in which nothing was counted yet. */
export function createRegistry(): MetricsRegistry {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, { type, help, labels }] of Object.entries(metricTable)) {
    const common = { name, help, labelNames: [...labels], registers: [registry] };
    if (type === 'counter') counters.set(name, new Counter(common));
    else if (type === 'gauge') gauges.set(name, new Gauge(common));
    else {
      const buckets = name === 'ds01_queue_wait_seconds' ? queueBuckets : usualBuckets;
      histograms.set(name, createHistogram({ name, help }, buckets));
    }
  }
  // Finding a series takes prom-client longer than counting; there are as many as labels allow.
  const counterOf = remembered((name, labels) => counters.get(name)?.labels(labels));
  const seriesOf = remembered((name, labels) => histograms.get(name)?.series(labels));
  // What has no labels is 0 from the beginning; of the others it isn't known yet which there will be.
  for (const [name, { labels }] of Object.entries(metricTable)) {
    if (labels.length === 0) seriesOf(name, {});
  }
  return {
    add: (name, labels, amount) => counterOf(name, labels)?.inc(amount),
    observe: (name, labels, seconds) => seriesOf(name, labels)?.(seconds),
    series: (name, labels) => seriesOf(name, labels) ?? (() => undefined),
    set(given) {
      for (const [name, series] of Object.entries(given)) {
        const gauge = gauges.get(name);
        gauge?.reset();
        // Without labels it is 0 now, which is not what nothing means.
        if (series.length === 0) gauge?.remove({});
        for (const { labels, value } of series) gauge?.set(labels, value);
      }
    },
    async text() {
      const counted = [...histograms.values()].map((histogram) => histogram.export());
      const texts = [registry, AggregatorRegistry.aggregate([counted])].map((one) => one.metrics());
      return (await Promise.all(texts)).join('\n');
    },
  };
}

function remembered<T>(
  find: (name: string, labels: Record<string, string>) => T,
): (name: string, labels: Readonly<Record<string, string>>) => T {
  const known = new Map<string, T>();
  return (name, labels) => {
    const key = `${name} ${Object.values(labels).join(' ')}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = find(name, { ...labels });
    known.set(key, found);
    return found;
  };
}

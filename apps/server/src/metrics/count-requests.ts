import { errorTable, routes, type RouteId } from '@ds01/contracts';
import type { MetricsRegistry } from './registry.ts';

/** A request that was answered. */
export interface Answered {
  readonly id: RouteId;
  /** `ok`, or the code of what it failed with. */
  readonly code: string;
  readonly durationMs: number;
}

/** Requests that were answered. */
export interface RequestCount {
  answered(answered: Answered): void;
  /** Gives the registry what it doesn't know yet. */
  tell(): void;
}

/** Counts from 0: at once here, in the registry when somebody asks, which is much less often. */
export function countRequests(registry: Pick<MetricsRegistry, 'add' | 'series'>): RequestCount {
  const counted = new Map<RouteId, Map<string, number>>();
  const timed = new Map<RouteId, (seconds: number) => void>();
  const observe = (id: RouteId, seconds: number): void => {
    const known = timed.get(id);
    if (known !== undefined) {
      known(seconds);
      return;
    }
    const series = registry.series('ds01_http_request_duration_seconds', { operation: id });
    timed.set(id, series);
    series(seconds);
  };
  return {
    answered({ id, code, durationMs }) {
      const codes = counted.get(id);
      if (codes === undefined) counted.set(id, new Map([[code, 1]]));
      else codes.set(code, (codes.get(code) ?? 0) + 1);
      if (routes[id].kind === 'call') observe(id, durationMs / 1000);
    },
    tell() {
      for (const [operation, codes] of counted) {
        for (const [code, count] of codes) {
          const outcome = outcomeOf(code);
          registry.add('ds01_http_requests_total', { operation, outcome }, count);
        }
      }
      counted.clear();
    },
  };
}

const categories: ReadonlyMap<string, string> = new Map(
  Object.entries(errorTable).map(([code, { category }]) => [code, category]),
);

/** `ok`, `replayed`, or the category of the error: what went wrong in detail is in the log. */
function outcomeOf(code: string): string {
  return categories.get(code) ?? (code === 'replayed' ? 'replayed' : 'ok');
}

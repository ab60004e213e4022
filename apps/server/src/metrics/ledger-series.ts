import { eventTypes } from '@ds01/contracts/lifecycle';
import { priorityClassSchema } from '@ds01/contracts/service';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import type { GaugeSeries, Series } from './registry.ts';

const dayMs = 86_400_000;

/** Which events an action of the predecessor's dashboards is. */
const lifecycleActions: Readonly<Record<string, readonly string[]>> = {
  idle_kill: ['lifecycle.idle-stopped'],
  runtime_kill: ['lifecycle.runtime-stopped'],
  oom_kill: ['container.out-of-memory'],
  container_warning: ['lifecycle.idle-warned', 'lifecycle.runtime-warned'],
  bare_metal_warning: ['gpu.host-process-found'],
};

/** What happened in the last 24 hours: every type that there is, also those that didn't happen. */
export function eventSeries(
  { events }: Pick<StoreTransaction, 'events'>,
  nowMs: number,
): GaugeSeries {
  const { types } = events.count({
    sinceMs: nowMs - dayMs,
    untilMs: null,
    typePrefix: null,
    of: null,
    containers: null,
  });
  const counts = new Map(types.map(({ type, count }) => [type, count]));
  const of = (type: string): number => counts.get(type) ?? 0;
  return {
    ds01_events_24h_total: eventTypes.map((type) => ({
      labels: { event_type: type },
      value: of(type),
    })),
    ds01_lifecycle_events_total: Object.entries(lifecycleActions).map(([action, meant]) => ({
      labels: { action },
      value: meant.reduce((sum, type) => sum + of(type), 0),
    })),
  };
}

/** Who waits for GPUs. */
export function queueSeries(entries: readonly QueueRecord[], nowMs: number): GaugeSeries {
  const waiting = entries.filter(({ state }) => state === 'waiting');
  const counted = ['waiting', 'granted'].flatMap((state) =>
    priorityClassSchema.options.map((priority): Series => {
      const mine = entries.filter((one) => one.state === state && one.priority === priority);
      return { labels: { state, priority }, value: mine.length };
    }),
  );
  const oldestMs = Math.max(0, ...waiting.map(({ queuedAtMs }) => nowMs - queuedAtMs));
  return {
    ds01_queue_entries: counted,
    ds01_queue_oldest_seconds: [{ labels: {}, value: oldestMs / 1000 }],
  };
}

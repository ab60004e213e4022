import { usernameSchema } from '@ds01/contracts';
import {
  loadCurrentPolicy,
  type ControlPlaneDependencies,
  type Lifecycle,
  type SharedLooks,
} from '@ds01/control-plane';
import { countRequests, type Answered } from './count-requests.ts';
import { eventSeries, queueSeries } from './ledger-series.ts';
import { createRegistry, type GaugeSeries, type MetricsRegistry } from './registry.ts';
import { stateSeries } from './state-series.ts';
import type { EngineCall } from './timed-engine.ts';

/** A comparison of ledger and engine. */
export interface Compared {
  readonly for: 'reads' | 'rules';
  readonly durationMs: number;
  /** `null` when it failed. */
  readonly repairs: number | null;
}

/** What the daemon counts, for whoever tells it. */
export interface Metrics {
  answered(answered: Answered): void;
  compared(compared: Compared): void;
  engineCalled(call: EngineCall): void;
  /** All metrics as text; those of who asks together are the same. */
  text(sources: MetricsSources): Promise<string>;
}

/** Where the rest is read from when it is asked for. */
export interface MetricsSources {
  readonly deps: ControlPlaneDependencies;
  readonly looks: SharedLooks;
  readonly lifecycle: Pick<Lifecycle, 'latest'>;
  readonly version: string;
  readonly isReady: () => boolean;
  readonly requests: () => number;
  readonly sessions: () => number;
}

/** Counts from 0. */
export function createMetrics(): Metrics {
  const registry = createRegistry();
  const requests = countRequests(registry);
  const kept = { shared: 0, cpuSeconds: 0, queueSeenMs: Date.now() };
  let running: Promise<string> | null = null;
  const collect = async (sources: MetricsSources): Promise<string> => {
    registry.set(await gaugesOf(sources));
    requests.tell();
    countTotals(registry, sources, kept);
    return registry.text();
  };
  return {
    answered: (answered) => requests.answered(answered),
    compared({ for: purpose, durationMs, repairs }) {
      const labels = { for: purpose };
      registry.observe('ds01_reconcile_duration_seconds', labels, durationMs / 1000);
      registry.add('ds01_reconcile_failures_total', labels, repairs === null ? 1 : 0);
      registry.add('ds01_reconcile_repairs_total', labels, repairs ?? 0);
    },
    engineCalled({ call, seconds, failed }) {
      registry.observe('ds01_engine_call_duration_seconds', { call }, seconds);
      registry.add('ds01_engine_call_failures_total', { call }, failed ? 1 : 0);
    },
    text(sources) {
      running ??= collect(sources).finally(() => {
        running = null;
      });
      return running;
    },
  };
}

/** What was counted elsewhere since the last time. */
function countTotals(
  registry: MetricsRegistry,
  { deps, looks }: MetricsSources,
  kept: { shared: number; cpuSeconds: number; queueSeenMs: number },
): void {
  const { shared } = looks.counts();
  registry.add('ds01_reconcile_shared_total', {}, shared - kept.shared);
  const { user, system } = process.cpuUsage();
  const cpuSeconds = (user + system) / 1e6;
  registry.add('process_cpu_seconds_total', {}, cpuSeconds - kept.cpuSeconds);
  const ended = deps.store.transaction(({ queue }) => queue.endedSince(kept.queueSeenMs));
  for (const { grantedAtMs, queuedAtMs } of ended) {
    if (grantedAtMs === null) continue;
    registry.observe('ds01_queue_wait_seconds', {}, (grantedAtMs - queuedAtMs) / 1000);
  }
  const newestMs = Math.max(kept.queueSeenMs, ...ended.map((one) => (one.endedAtMs ?? 0) + 1));
  Object.assign(kept, { shared, cpuSeconds, queueSeenMs: newestMs });
}

async function gaugesOf(sources: MetricsSources): Promise<GaugeSeries> {
  const { deps, version } = sources;
  const nowMs = deps.clock.nowMs();
  const one = (value: number) => [{ labels: {}, value }];
  const ofLedger = deps.store.transaction((transaction) => ({
    ...eventSeries(transaction, nowMs),
    ...queueSeries(transaction.queue.live(), nowMs),
  }));
  return {
    ...ofLedger,
    ...(await worldSeries(sources, nowMs)),
    ...(await diskSeries(deps)),
    ds01_exporter_info: [{ labels: { version, type: 'daemon' }, value: 1 }],
    ds01_ready: one(sources.isReady() ? 1 : 0),
    ds01_http_requests_under_way: one(sources.requests()),
    ds01_http_sessions: one(sources.sessions()),
    process_resident_memory_bytes: one(process.memoryUsage.rss()),
    process_start_time_seconds: one(Math.round(Date.now() / 1000 - process.uptime())),
  };
}

/** What isn't known is left out: a scrape must not fail because the engine does. */
async function worldSeries(sources: MetricsSources, nowMs: number): Promise<GaugeSeries> {
  const { deps, looks, lifecycle } = sources;
  try {
    const policy = loadCurrentPolicy(deps, { dryRun: true });
    const now = await looks.look(deps, policy, { dryRun: true, gpus: 'if-quick' });
    const memory = new Map<string, number | null>(
      [...lifecycle.latest()].map(([id, { memoryBytes }]) => [id, memoryBytes]),
    );
    const groupOf = (user: string): string => policy.forUser(usernameSchema.parse(user)).group;
    const groups = policy.limits.groups.map(({ name, members }) => ({
      name,
      members: members.size,
    }));
    const memoryOf = (id: string): number | null => memory.get(id) ?? null;
    return stateSeries({ now, nowMs, groupOf, groups, memoryOf });
  } catch (error) {
    deps.logger.debug('metrics without the engine', { error: String(error) });
    return emptyWorld;
  }
}

/** Old series must not look like what is there now. */
const emptyWorld: GaugeSeries = Object.fromEntries(
  Object.keys(
    stateSeries({
      now: { leases: [], containers: [], inventory: null },
      nowMs: 0,
      groupOf: () => '',
      groups: [],
      memoryOf: () => null,
    }),
  ).map((name) => [name, []]),
);

async function diskSeries({ system, store }: ControlPlaneDependencies): Promise<GaugeSeries> {
  const { directory } = store;
  const [space] = directory === null ? [] : await system.spaceOf([directory]);
  if (space === undefined) return { ds01_state_disk_bytes: [] };
  const { bytes, usedBytes } = space;
  return {
    ds01_state_disk_bytes: Object.entries({
      total: bytes,
      used: usedBytes,
      free: bytes - usedBytes,
    }).map(([type, value]) => ({ labels: { type }, value })),
  };
}

/** Counts a pass of the rules, in which ledger and engine are compared too. */
export async function timePass<Pass extends { readonly repairs: number }>(
  metrics: Pick<Metrics, 'compared'>,
  pass: () => Promise<Pass>,
): Promise<Pass> {
  const startedMs = performance.now();
  let repairs: number | null = null;
  try {
    const done = await pass();
    ({ repairs } = done);
    return done;
  } finally {
    metrics.compared({ for: 'rules', durationMs: performance.now() - startedMs, repairs });
  }
}

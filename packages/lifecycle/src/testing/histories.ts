import fc from 'fast-check';
import {
  createLife,
  minute,
  ordinary,
  runningContainer,
  second,
  studentLimits,
  studentPolicy,
  type Life,
} from './life.ts';

/** What may happen to a container and around it. */
export type Incident =
  | { readonly kind: 'time'; readonly forMs: number }
  /** Nobody looks for a while: the daemon is down, or the machine was asleep. */
  | { readonly kind: 'downtime'; readonly forMs: number }
  | { readonly kind: 'work'; readonly forMs: number; readonly signal: Signal }
  | { readonly kind: 'demand'; readonly high: boolean }
  | { readonly kind: 'rules-paused'; readonly forMs: number }
  | { readonly kind: 'kept'; readonly forMs: number }
  | { readonly kind: 'extended'; readonly byMs: number }
  | { readonly kind: 'frozen' }
  | { readonly kind: 'thawed' }
  | { readonly kind: 'started' }
  | { readonly kind: 'stopped' }
  /** The engine says another start of the same run: somebody set the wall clock. */
  | { readonly kind: 'clock-set'; readonly byMs: number };

/** How work shows. */
export type Signal = 'gpu' | 'cpu' | 'network' | 'input' | 'unknown';

const span = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 40 * minute }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 90 * second }) },
);

/** Incidents, time going by being the most frequent. */
export const incidents: fc.Arbitrary<readonly Incident[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('time' as const), forMs: span }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('downtime' as const), forMs: span }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('work' as const),
        forMs: span,
        signal: fc.constantFrom<Signal>('gpu', 'cpu', 'network', 'input', 'unknown'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('demand' as const), high: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('rules-paused' as const), forMs: span }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('kept' as const), forMs: span }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('extended' as const), byMs: span }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('frozen' as const, 'thawed' as const, 'started' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('stopped' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('clock-set' as const),
        byMs: fc.integer({ min: -1000 * minute, max: 1000 * minute }),
      }),
    },
  ),
  { minLength: 1, maxLength: 25 },
);

/** Limits and thresholds of many kinds, short enough to be reached. */
export const rules = fc
  .record({
    idleMinutes: fc.option(fc.integer({ min: 0, max: 40 }), { nil: null }),
    runtimeMinutes: fc.option(fc.integer({ min: 0, max: 200 }), { nil: null }),
    graceMinutes: fc.integer({ min: 0, max: 10 }),
    leadMinutes: fc.integer({ min: 0, max: 15 }),
    windowSamples: fc.integer({ min: 1, max: 5 }),
    reduction: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map((given) => ({
    limits: {
      ...studentLimits,
      idleTimeoutMs: given.idleMinutes === null ? null : given.idleMinutes * minute,
      maxRuntimeMs: given.runtimeMinutes === null ? null : given.runtimeMinutes * minute,
      containerHoldMs: null,
      gpuHoldMs: null,
    },
    policy: {
      ...studentPolicy,
      gracePeriodMs: given.graceMinutes * minute,
      warningLeadMs: given.leadMinutes * minute,
      windowSamples: given.windowSamples,
      highDemandIdleReduction: given.reduction,
    },
  }));

/** Lets an incident happen. */
export function happen(life: Life, incident: Incident): void {
  const { nowMs, container } = life;
  switch (incident.kind) {
    case 'time':
      life.runUntil(nowMs + incident.forMs);
      return;
    case 'downtime':
      life.sleepUntil(nowMs + incident.forMs);
      return;
    case 'work':
      work(life, incident.signal, nowMs + incident.forMs);
      return;
    case 'demand':
      life.situation = { ...life.situation, highDemand: incident.high };
      return;
    case 'rules-paused':
      life.situation = { ...life.situation, pausedUntilMs: nowMs + incident.forMs };
      life.look();
      return;
    case 'kept':
      life.situation = { ...life.situation, keepAliveUntilMs: nowMs + incident.forMs };
      return;
    case 'extended':
      life.situation = {
        ...life.situation,
        extensionMs: life.situation.extensionMs + incident.byMs,
      };
      return;
    case 'clock-set':
      if (container.startedAtMs !== null) {
        life.container = { ...container, startedAtMs: container.startedAtMs + incident.byMs };
      }
      return;
    default:
      changeState(life, incident.kind);
  }
}

function work(life: Life, signal: Signal, untilMs: number): void {
  const measured = {
    gpu: { slots: [{ slot: '0', utilizationPercent: 90, inUse: true }] },
    cpu: { cpuPercent: 150 },
    network: { networkBytes: 10 ** 8 },
    input: {},
    unknown: { slots: [{ slot: '0', utilizationPercent: null, inUse: null }] },
  }[signal];
  const before = life.measure;
  life.measure = (atMs) => (signal === 'input' ? { inputAtMs: atMs } : measured);
  life.runUntil(untilMs);
  life.measure = before;
}

function changeState(life: Life, kind: 'frozen' | 'thawed' | 'started' | 'stopped'): void {
  const { container, nowMs } = life;
  if (kind === 'stopped' && container.state !== 'stopped') {
    life.container = { ...container, state: 'stopped', startedAtMs: null, stoppedAtMs: nowMs };
  }
  if (kind === 'started' && container.state === 'stopped') {
    life.container = { ...runningContainer, startedAtMs: nowMs };
  }
  if (kind === 'frozen' && container.state === 'running') {
    life.container = { ...container, state: 'paused' };
  }
  if (kind === 'thawed' && container.state === 'paused') {
    life.container = { ...container, state: 'running' };
  }
  life.look();
}

/** A life under generated rules. */
export function lifeUnder(given: {
  readonly limits: Life['limits'];
  readonly policy: Life['policy'];
}): Life {
  return createLife({ ...given, situation: ordinary });
}

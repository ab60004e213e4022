import { evaluate } from '../evaluate.ts';
import type {
  ActivitySample,
  Evaluated,
  Evaluation,
  LifecycleAction,
  LifecycleContainer,
  LifecycleLimits,
  LifecycleMemory,
  LifecyclePolicy,
  LifecycleSituation,
  Moment,
} from '../types.ts';

/** Milliseconds of units, to write moments in tests. */
export const second = 1000;
/** One minute. */
export const minute = 60 * second;
/** One hour. */
export const hour = 60 * minute;

const limitOf = (key: string, value: number | null) => ({
  key,
  value,
  layer: 'defaults',
  file: null,
  line: null,
});

/** The predecessor's shipped limits of a student. */
export const studentLimits: LifecycleLimits = {
  idleTimeoutMs: 30 * minute,
  maxRuntimeMs: 24 * hour,
  gpuHoldMs: 15 * minute,
  containerHoldMs: 30 * minute,
  createdTimeoutMs: 30 * minute,
  stopGraceMs: minute,
  origins: {
    idle: limitOf('idle_timeout_h', 0.5),
    'max-runtime': limitOf('max_runtime_h', 24),
    'gpu-hold': limitOf('gpu_hold_after_stop_h', 0.25),
    'container-hold': limitOf('container_hold_after_stop_h', 0.5),
    'never-started': limitOf('policies.created_container_timeout_m', 30),
  },
};

/** The predecessor's shipped thresholds, with 10 minutes of lead. */
export const studentPolicy: LifecyclePolicy = {
  gracePeriodMs: 30 * minute,
  gpuIdlePercent: 5,
  cpuIdlePercent: 2,
  networkIdleBytes: 1_048_576,
  windowSamples: 3,
  warningLeadMs: 10 * minute,
  keepAliveMaxMs: 24 * hour,
  highDemandIdleReduction: 0.5,
};

/** Nothing special. */
export const ordinary: LifecycleSituation = {
  highDemand: false,
  exemptions: { idle: null, maxRuntime: null },
  extensionMs: 0,
  keepAliveUntilMs: null,
  pausedUntilMs: null,
};

/** A container with a GPU, made and started at 0. */
export const runningContainer: LifecycleContainer = {
  id: 'c0ffee',
  state: 'running',
  holdsGpu: true,
  managed: true,
  isJob: false,
  exempt: null,
  createdAtMs: 0,
  startedAtMs: 0,
  stoppedAtMs: null,
};

/** What a sample of a container says in which nothing happens. */
export const silence: Omit<ActivitySample, 'atMs'> = {
  slots: [{ slot: '0', utilizationPercent: 0, inUse: false }],
  cpuPercent: 0.1,
  networkBytes: 200,
  inputAtMs: null,
};

/** An action and when it was asked for. */
export interface Happened {
  readonly atMs: Moment;
  readonly action: LifecycleAction;
}

/** A container's life under the rules; what may change is set, then time goes on. */
export interface Life {
  nowMs: Moment;
  container: LifecycleContainer;
  situation: LifecycleSituation;
  limits: LifecycleLimits;
  policy: LifecyclePolicy;
  memory: LifecycleMemory | null;
  /** What is measured at a moment; `null`: nothing can be. */
  measure: (atMs: Moment) => Partial<ActivitySample> | null;
  /** Whether stops, releases and removals succeed. */
  obeys: boolean;
  readonly happened: Happened[];
  /** The last evaluation. */
  last: Evaluated | null;
  /** Evaluates now, with a sample when one is due. */
  look(): Evaluated;
  /** Evaluates now with a sample, due or not. */
  lookAndMeasure(): Evaluated;
  /** Evaluates whenever it is asked to, until a moment. */
  runUntil(atMs: Moment): Life;
  /** Time goes by without anybody looking. */
  sleepUntil(atMs: Moment): Life;
  /** Moments of actions of a kind. */
  momentsOf(kind: LifecycleAction['kind']): Moment[];
}

type Start = Partial<Pick<Life, 'container' | 'situation' | 'limits' | 'policy' | 'measure'>>;

/** Begins a life at 0. */
export function createLife(start: Start = {}): Life {
  let sampleAtMs: Moment | null = 0;
  const life: Life = {
    nowMs: 0,
    container: start.container ?? runningContainer,
    situation: start.situation ?? ordinary,
    limits: start.limits ?? studentLimits,
    policy: start.policy ?? studentPolicy,
    memory: null,
    measure: start.measure ?? (() => ({})),
    obeys: true,
    happened: [],
    last: null,
    look() {
      const evaluated = evaluate(evaluationOf(life, sampleAtMs));
      life.memory = evaluated.memory;
      life.last = evaluated;
      sampleAtMs = evaluated.sampleAtMs;
      for (const action of evaluated.actions) {
        life.happened.push({ atMs: life.nowMs, action });
        if (life.obeys) life.container = afterAction(life, action);
      }
      return evaluated;
    },
    lookAndMeasure() {
      sampleAtMs = life.nowMs;
      return life.look();
    },
    runUntil(atMs) {
      while (life.nowMs <= atMs) {
        const { nextAtMs, actions } = life.look();
        const nextMs = actions.length > 0 ? life.nowMs : (nextAtMs ?? Infinity);
        if (nextMs > atMs) break;
        life.nowMs = Math.max(nextMs, life.nowMs + 1);
      }
      life.nowMs = atMs;
      return life;
    },
    sleepUntil(atMs) {
      life.nowMs = atMs;
      return life;
    },
    momentsOf: (kind) =>
      life.happened.filter(({ action }) => action.kind === kind).map(({ atMs }) => atMs),
  };
  return life;
}

/** What the rules are given now. */
export function evaluationOf(life: Life, sampleAtMs: Moment | null = null): Evaluation {
  const { container, limits, policy, situation, memory, nowMs } = life;
  const isDue = sampleAtMs !== null && nowMs >= sampleAtMs;
  const measured = isDue && container.startedAtMs !== null ? life.measure(nowMs) : null;
  const samples = measured === null ? [] : [{ ...silence, atMs: nowMs, ...measured }];
  return { container, samples, limits, policy, situation, memory, nowMs };
}

function afterAction({ container, nowMs }: Life, { kind }: LifecycleAction): LifecycleContainer {
  if (kind === 'stop') {
    return { ...container, state: 'stopped', startedAtMs: null, stoppedAtMs: nowMs };
  }
  if (kind === 'release-gpu') return { ...container, holdsGpu: false };
  if (kind === 'remove') return { ...container, holdsGpu: false, managed: false, isJob: false };
  return container;
}

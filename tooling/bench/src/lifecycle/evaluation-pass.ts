import { evaluate } from '@ds01/lifecycle';
import type {
  ActivitySample,
  Evaluation,
  LifecycleLimits,
  LifecycleMemory,
  LifecyclePolicy,
} from '@ds01/lifecycle';
import type { RuleLimit } from '@ds01/contracts/lifecycle';
import { median } from '../statistics.ts';

const containerCount = 500;
const cadenceMs = 30_000;
const minuteMs = 60_000;
const startMs = 1_000_000_000;
const warmUp = 20;
const turns = 40;

const origin: RuleLimit = { key: 'bench', value: 1, layer: 'bench', file: null, line: null };

const limits: LifecycleLimits = {
  idleTimeoutMs: 30 * minuteMs,
  maxRuntimeMs: 24 * 60 * minuteMs,
  gpuHoldMs: 15 * minuteMs,
  containerHoldMs: 30 * minuteMs,
  createdTimeoutMs: 30 * minuteMs,
  stopGraceMs: minuteMs,
  origins: {
    idle: origin,
    'max-runtime': origin,
    'gpu-hold': origin,
    'container-hold': origin,
    'never-started': origin,
  },
};

const policy: LifecyclePolicy = {
  gracePeriodMs: 30 * minuteMs,
  gpuIdlePercent: 5,
  cpuIdlePercent: 2,
  networkIdleBytes: 1024 ** 2,
  windowSamples: 3,
  warningLeadMs: 10 * minuteMs,
  keepAliveMaxMs: 24 * 60 * minuteMs,
  highDemandIdleReduction: 0.5,
};

/**
 * Evaluates 500 containers with a GPU, every second one idle, each with a new sample, as one pass does.
 * Milliseconds of CPU of a pass in the middle of many.
 */
export function evaluationPass(): number {
  const memories = new Map<number, LifecycleMemory>();
  const spent: number[] = [];
  for (let turn = -warmUp; turn < turns; turn += 1) {
    const nowMs = startMs + (turn + warmUp + 1) * cadenceMs;
    const before = process.cpuUsage();
    for (let index = 0; index < containerCount; index += 1) {
      memories.set(index, evaluate(evaluationOf(index, nowMs, memories.get(index))).memory);
    }
    const { user, system } = process.cpuUsage(before);
    if (turn >= 0) spent.push((user + system) / 1000);
  }
  return median(spent);
}

function evaluationOf(
  index: number,
  nowMs: number,
  memory: LifecycleMemory | undefined,
): Evaluation {
  const sample: ActivitySample = {
    atMs: nowMs,
    slots: [
      {
        slot: `${String(index % 8)}:${String(index % 7)}`,
        utilizationPercent: index % 2 === 0 ? 0 : 91,
        inUse: true,
      },
    ],
    cpuPercent: index % 2 === 0 ? 0.3 : 140,
    networkBytes: 900,
    inputAtMs: startMs,
  };
  return {
    container: {
      id: `container${String(index)}`,
      state: 'running',
      holdsGpu: true,
      managed: true,
      isJob: false,
      exempt: null,
      createdAtMs: startMs,
      startedAtMs: startMs,
      stoppedAtMs: null,
    },
    samples: [sample],
    limits,
    policy,
    situation: {
      highDemand: false,
      exemptions: { idle: null, maxRuntime: null },
      extensionMs: 0,
      keepAliveUntilMs: null,
      pausedUntilMs: null,
    },
    memory: memory ?? null,
    nowMs,
  };
}

import type { RuleLimit } from '@ds01/contracts/lifecycle';
import type { LifecycleLimits, LifecyclePolicy, LifecycleSituation } from '../types.ts';
import type { Trace } from './trace.ts';

const minuteMs = 60_000;

/** Only the idle rule is on: traces are about activity. */
export function limitsOf(trace: Trace): LifecycleLimits {
  const limit = (key: string, value: number | null): RuleLimit => ({
    key,
    value,
    layer: 'trace',
    file: null,
    line: null,
  });
  return {
    idleTimeoutMs: trace.idleTimeoutM * minuteMs,
    maxRuntimeMs: null,
    gpuHoldMs: null,
    containerHoldMs: null,
    createdTimeoutMs: null,
    stopGraceMs: minuteMs,
    origins: {
      idle: limit('idle_timeout_h', trace.idleTimeoutM / 60),
      'max-runtime': limit('max_runtime_h', null),
      'gpu-hold': limit('gpu_hold_after_stop_h', null),
      'container-hold': limit('container_hold_after_stop_h', null),
      'never-started': limit('created_container_timeout_m', null),
    },
  };
}

/** Thresholds as they are shipped, but for those that the trace names. */
export function policyOf(trace: Trace): LifecyclePolicy {
  return {
    gracePeriodMs: trace.graceM * minuteMs,
    gpuIdlePercent: 5,
    cpuIdlePercent: trace.cpuIdlePercent,
    networkIdleBytes: 1024 ** 2,
    windowSamples: trace.windowSamples,
    warningLeadMs: 10 * minuteMs,
    keepAliveMaxMs: 24 * 60 * minuteMs,
    highDemandIdleReduction: 0.5,
  };
}

/** What concerns the trace's container besides itself. */
export function situationOf(trace: Trace): LifecycleSituation {
  return {
    highDemand: trace.highDemand,
    exemptions: { idle: null, maxRuntime: null },
    extensionMs: 0,
    keepAliveUntilMs: trace.keptUntilS === undefined ? null : trace.keptUntilS * 1000,
    pausedUntilMs: null,
  };
}

/** After `idleFromS` an idle container is stopped at the latest then, when the rules see what people see. */
export function latestStopMs(trace: Trace): number {
  const factor = trace.highDemand ? policyOf(trace).highDemandIdleReduction : 1;
  const evidenceFromMs = Math.max(trace.idleFromS * 1000, trace.graceM * minuteMs);
  const keptMs = (trace.keptUntilS ?? 0) * 1000;
  return Math.max(evidenceFromMs + trace.idleTimeoutM * minuteMs * factor, keptMs);
}

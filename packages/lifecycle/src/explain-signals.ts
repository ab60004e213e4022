import { formatBytes, formatDuration } from '@ds01/contracts';
import type { SignalView } from '@ds01/contracts/lifecycle';
import { cadenceOf, idleTimeoutNow } from './cadence.ts';
import type { Evaluation, LifecycleMemory } from './types.ts';
import { useOfWindow, type SlotUse } from './window.ts';

/** Every signal with its value, its threshold and what it means; empty before the first sample. */
export function explainSignals(
  evaluation: Evaluation,
  memory: LifecycleMemory,
): readonly SignalView[] {
  const { policy } = evaluation;
  const { samples } = memory;
  if (samples.length === 0) return [];
  const use = useOfWindow(samples, policy);
  const over = overSamples(samples.length);
  return [
    ...use.slots.map((slot) => gpuSignal(slot, policy.gpuIdlePercent, over)),
    cpuSignal(use.cpuPercent, policy.cpuIdlePercent, over),
    networkSignal(use.networkBytes, policy.networkIdleBytes, over),
    inputSignal(evaluation, memory),
    keepAliveSignal(evaluation, memory),
  ];
}

function overSamples(count: number): string {
  return count === 1 ? 'in the last sample' : `over the last ${count} samples`;
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

function gpuSignal(use: SlotUse, threshold: number, over: string): SignalView {
  return {
    signal: 'gpu',
    subject: use.slot,
    value: use.averagePercent,
    unit: 'percent',
    threshold,
    active: use.verdict !== 'idle',
    message: gpuMessage(use, threshold, over),
  };
}

function gpuMessage(use: SlotUse, threshold: number, over: string): string {
  const { averagePercent, inUse, slot } = use;
  if (averagePercent !== null && averagePercent >= threshold) {
    return `GPU ${slot} used ${percent(averagePercent)} on average ${over}, which is active from ${threshold} % on.`;
  }
  if (inUse === true) {
    return `GPU ${slot} gives no percentage, but a process or memory is on it: that counts as active.`;
  }
  if (inUse === null) {
    return `GPU ${slot}: nothing tells how much it is used. Unknown never counts as idle.`;
  }
  if (averagePercent === null) {
    return `GPU ${slot} gives no percentage; no process and no memory was on it ${over}.`;
  }
  return `GPU ${slot} used ${percent(averagePercent)} on average ${over}, below ${threshold} %.`;
}

function cpuSignal(value: number | null, threshold: number, over: string): SignalView {
  const active = value === null || value > threshold;
  const used = value === null ? '' : `The CPU was used ${percent(value)} on average ${over}`;
  return {
    signal: 'cpu',
    subject: null,
    value,
    unit: 'percent',
    threshold,
    active,
    message:
      value === null
        ? 'The use of the CPU is not known yet: it takes two measurements.'
        : active
          ? `${used}, more than ${threshold} % (100 % is one CPU).`
          : `${used}; up to ${threshold} % counts as idle (100 % is one CPU).`,
  };
}

function networkSignal(value: number | null, threshold: number, over: string): SignalView {
  const active = value !== null && value > threshold;
  const limit = formatBytes(threshold);
  const carried = value === null ? '' : `The network carried ${formatBytes(value)} ${over}`;
  return {
    signal: 'network',
    subject: null,
    value,
    unit: 'bytes',
    threshold,
    active,
    message:
      value === null
        ? 'The network is not measured for it, and does not count.'
        : active
          ? `${carried}, more than ${limit}.`
          : `${carried}; up to ${limit} counts as idle.`,
  };
}

/**
 * The kernel keeps the time of what is typed to 8 s (tty_update_time), and it is looked at now and then:
 * who types all the time seems to have typed up to so long ago.
 */
const leastInputWindowMs = 20_000;

function inputSignal(evaluation: Evaluation, { samples }: LifecycleMemory): SignalView {
  const { limits, policy, situation, nowMs } = evaluation;
  const inputs = samples.map(({ inputAtMs }) => inputAtMs).filter((atMs) => atMs !== null);
  const timeoutMs = idleTimeoutNow(limits.idleTimeoutMs ?? Infinity, policy, situation);
  const windowMs = Math.max(leastInputWindowMs, cadenceOf(timeoutMs) * policy.windowSamples);
  const agoMs = inputs.length === 0 ? null : Math.max(0, nowMs - Math.max(...inputs));
  const active = agoMs !== null && agoMs < windowMs;
  return {
    signal: 'input',
    subject: null,
    value: agoMs === null ? null : Math.round(agoMs / 1000),
    unit: 'seconds',
    threshold: Math.round(windowMs / 1000),
    active,
    message:
      agoMs === null
        ? 'No terminal is open in it. What programs print does not count, only what is typed.'
        : active
          ? `Somebody typed ${formatDuration(agoMs)} ago, or opened a terminal. What programs print does not count.`
          : `Nothing was typed for ${formatDuration(agoMs)}. What programs print does not count.`,
  };
}

function keepAliveSignal({ nowMs }: Evaluation, { keepAlive }: LifecycleMemory): SignalView {
  const leftMs = Math.max(0, (keepAlive?.untilMs ?? nowMs) - nowMs);
  return {
    signal: 'keep-alive',
    subject: null,
    value: keepAlive === null ? null : Math.round(leftMs / 1000),
    unit: 'seconds',
    threshold: null,
    active: leftMs > 0,
    message:
      leftMs > 0
        ? `A keep-alive holds the idle rule off for another ${formatDuration(leftMs)}.`
        : keepAlive === null
          ? 'No keep-alive holds the idle rule off.'
          : 'Its keep-alive is over.',
  };
}

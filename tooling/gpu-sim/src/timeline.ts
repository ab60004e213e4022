import type { SimulatedDevice, Topology } from './topology.ts';

/** A host as it is until a second since 1970 (null = for good), with no timeline left in it. */
export interface Moment {
  readonly untilSeconds: number | null;
  readonly topology: Topology;
}

type Timeline = NonNullable<SimulatedDevice['timeline']>;

const secondsOf = (timeMs: number): number => Math.floor(timeMs / 1000);

const boundaries = ({ startedAtMs, steps }: Timeline): number[] =>
  steps.map(({ atSeconds }) => secondsOf(startedAtMs) + atSeconds);

const deviceAt = (device: SimulatedDevice, nowSeconds: number): SimulatedDevice => {
  const { timeline } = device;
  if (timeline === null) return device;
  const begun = boundaries(timeline).findLastIndex((boundary) => boundary <= nowSeconds);
  const step = timeline.steps[begun];
  if (step === undefined) return { ...device, timeline: null };
  return {
    ...device,
    timeline: null,
    utilization: {
      gpuPercent: step.gpuPercent,
      memoryPercent: step.memoryPercent ?? device.utilization?.memoryPercent ?? 0,
    },
    usedMemoryMiB: step.usedMemoryMiB ?? device.usedMemoryMiB,
  };
};

/** The host at a moment (milliseconds since 1970): the steps of timelines become plain values. */
export const topologyAt = (topology: Topology, nowMs: number): Topology => ({
  ...topology,
  devices: topology.devices.map((device) => deviceAt(device, secondsOf(nowMs))),
});

/** Everything that a host will look like from a moment on, in the order of time; at least one. */
export const momentsFrom = (topology: Topology, fromMs: number): readonly Moment[] => {
  const changes = new Set(
    topology.devices.flatMap(({ timeline }) => (timeline === null ? [] : boundaries(timeline))),
  );
  const ahead = [...changes]
    .filter((second) => second > secondsOf(fromMs))
    .toSorted((left, right) => left - right);
  return [secondsOf(fromMs), ...ahead].map((second, position) => ({
    untilSeconds: ahead[position] ?? null,
    topology: topologyAt(topology, second * 1000),
  }));
};

/**
 * Reads a timeline: `0s: 90, 60s: 0`, also `90/40` for the memory's utilisation. Steps are put in
 * order of time. Throws an Error for anything else, a step that occurs twice, and percents over 100.
 */
export const parseTimeline = (text: string, startedAtMs: number): Timeline => {
  const steps = text.split(',').map((part) => {
    const [, at, gpu, memory] = /^\s*(\d+)s?\s*:\s*(\d+)(?:\/(\d+))?\s*%?\s*$/u.exec(part) ?? [];
    const percents = [gpu, memory].flatMap((value) => (value === undefined ? [] : [Number(value)]));
    if (at === undefined || percents.some((value) => value > 100)) {
      throw new Error(`not a step of a timeline: "${part.trim()}" (as in "0s: 90, 60s: 0")`);
    }
    const [gpuPercent = 0, memoryPercent] = percents;
    return {
      atSeconds: Number(at),
      gpuPercent,
      ...(memoryPercent === undefined ? {} : { memoryPercent }),
    };
  });
  if (new Set(steps.map(({ atSeconds }) => atSeconds)).size < steps.length) {
    throw new Error('a timeline has two steps at the same second');
  }
  return { startedAtMs, steps: steps.toSorted((left, right) => left.atSeconds - right.atSeconds) };
};

import type { ActivitySample, SlotSample } from '../types.ts';
import { segmentsOfSamples } from './measured-segments.ts';
import { lastKeyAt, layOut, segmentAt, sumOver, type PlacedSegment } from './timeline.ts';
import type { Trace } from './trace.ts';

/** What nvidia-smi prints is the average of about the last second. */
const gpuReadingMs = 1000;

/** A trace as something that can be measured at any moment, as a container can. */
export interface MeasurableTrace {
  /** Where it ends, in milliseconds since the start. */
  readonly endMs: number;
  /** What a measurement at that moment gives, with counters since the one before. */
  readonly measure: (sinceMs: number, atMs: number) => ActivitySample;
  /** That moment when somebody measures then, else when somebody does again. */
  readonly measuredAgainAt: (atMs: number) => number;
  readonly isPaused: (atMs: number) => boolean;
}

/** Makes a trace measurable, as a daemon would measure the container. */
export function measurable(trace: Trace): MeasurableTrace {
  const placed = layOut(trace.segments ?? segmentsOfSamples(trace.samples ?? []));
  const types = placed.some(({ segment }) => segment.typesEveryS !== undefined);
  const hasTerminal = trace.terminal || types;
  const endMs = placed.at(-1)?.untilMs ?? 0;
  return {
    endMs,
    measure: (sinceMs, atMs) => ({
      atMs,
      slots: trace.slots.map((slot, index) => slotAt(placed, { slot, index, atMs })),
      cpuPercent: averageCpu(placed, sinceMs, atMs),
      networkBytes: sumOver(
        placed,
        { fromMs: sinceMs, untilMs: atMs },
        ({ netBytesPerS }) => netBytesPerS,
      ),
      inputAtMs: hasTerminal ? (lastKeyAt(placed, atMs) ?? 0) : null,
    }),
    measuredAgainAt: (atMs) => {
      let moment = atMs;
      for (;;) {
        const here = segmentAt(placed, moment);
        if (here === null || here.segment.measured || moment >= endMs) return moment;
        moment = here.untilMs;
      }
    },
    isPaused: (atMs) => segmentAt(placed, atMs)?.segment.paused ?? false,
  };
}

function averageCpu(
  placed: readonly PlacedSegment[],
  sinceMs: number,
  atMs: number,
): number | null {
  const sum = sumOver(placed, { fromMs: sinceMs, untilMs: atMs }, ({ cpu }) => cpu);
  if (sum === null) return null;
  return atMs > sinceMs ? (sum * 1000) / (atMs - sinceMs) : 0;
}

function slotAt(
  placed: readonly PlacedSegment[],
  at: { readonly slot: string; readonly index: number; readonly atMs: number },
): SlotSample {
  const fromMs = Math.max(0, at.atMs - gpuReadingMs);
  const span = { fromMs, untilMs: at.atMs };
  const sum = sumOver(placed, span, ({ gpu }) => ofSlot(gpu, at.index));
  const here = segmentAt(placed, at.atMs)?.segment;
  return {
    slot: at.slot,
    utilizationPercent:
      sum === null || at.atMs === fromMs ? null : (sum * 1000) / (at.atMs - fromMs),
    inUse: here === undefined ? null : ofSlot(here.inUse, at.index),
  };
}

function ofSlot<T>(values: readonly T[], index: number): T | null {
  return values[Math.min(index, values.length - 1)] ?? null;
}

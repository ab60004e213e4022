import type { MeasuredSample, TraceSegment } from './trace.ts';

/** Longer than any trace: a key that is pressed once. */
const onceS = 1e9;

/**
 * Segments that say the same as measured samples: what a sample tells holds since the one before, and
 * a key was pressed at `inputAtS`. Samples that don't go forward in time are left out.
 */
export function segmentsOfSamples(samples: readonly MeasuredSample[]): readonly TraceSegment[] {
  const segments: TraceSegment[] = [];
  let fromS = 0;
  for (const sample of samples) {
    const forS = sample.atS - fromS;
    if (forS <= 0) continue;
    const whole: TraceSegment = {
      forS,
      gpu: sample.gpu,
      inUse: sample.inUse ?? [null],
      cpu: sample.cpu,
      netBytesPerS: sample.netBytes === null ? null : sample.netBytes / forS,
      paused: false,
      measured: true,
    };
    const { inputAtS } = sample;
    if (inputAtS === null || inputAtS < fromS || inputAtS >= sample.atS) segments.push(whole);
    else {
      if (inputAtS > fromS) segments.push({ ...whole, forS: inputAtS - fromS });
      segments.push({ ...whole, forS: sample.atS - inputAtS, typesEveryS: onceS });
    }
    fromS = sample.atS;
  }
  return segments;
}

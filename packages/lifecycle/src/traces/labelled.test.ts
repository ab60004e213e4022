import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judgeTraces } from './judge.ts';
import { latestStopMs, policyOf } from './limits-of.ts';
import { measurable } from './measure.ts';
import { replayTrace } from './replay.ts';
import { traceSchema, type Trace, type TracePart, type TraceSegment } from './trace.ts';

const folder = new URL('../../fixtures/traces/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const traces: ReadonlyMap<string, Trace> = new Map(
  files.map((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    return [file.slice(0, -'.json'.length), traceSchema.parse(JSON.parse(text))];
  }),
);
const idle = [...traces].filter(([, { label }]) => label === 'idle');
const busy = [...traces].filter(([, { label }]) => label === 'busy');

describe('labelled traces', () => {
  const judged = judgeTraces(traces);

  test('there are at least 60, of both labels', () => {
    expect(busy.length).toBeGreaterThanOrEqual(30);
    expect(idle.length).toBeGreaterThanOrEqual(30);
  });

  test('each lasts long enough for a stop, so that none is right by its end', () => {
    const tooShort = [...traces].filter(
      ([, trace]) => measurable(trace).endMs < latestStopMs(trace) + policyOf(trace).warningLeadMs,
    );
    expect(tooShort.map(([name]) => name)).toEqual([]);
  });

  test('no container is stopped while it is in use, and at least 95 % of idle ones are stopped', () => {
    expect(judged.stoppedInUse).toEqual([]);
    expect(1 - judged.survived.length / judged.idle).toBeGreaterThanOrEqual(0.95);
  });

  test('just those outlive the rules that say why', () => {
    const known = idle.filter(([, { beyondTheRules }]) => beyondTheRules !== undefined);
    expect(judged.survived).toEqual(known.map(([name]) => name));
  });

  test('every stop is announced by a warning at least a third of a short timeout before', () => {
    for (const [name, trace] of idle) {
      const { stoppedAtS, warnings } = replayTrace(trace);
      if (stoppedAtS === null) continue;
      const last = warnings.findLast(({ step }) => step === 2);
      const timeoutS = trace.idleTimeoutM * 60 * (trace.highDemand ? 0.5 : 1);
      const leadS = Math.min(600, timeoutS / 3);
      expect.soft(stoppedAtS - (last?.atS ?? Infinity), name).toBeGreaterThanOrEqual(leadS - 0.001);
    }
  });

  test.each<readonly [string, Partial<TraceSegment>]>([
    ['GPUs', { gpu: [0], inUse: [false] }],
    ['CPUs', { cpu: 0 }],
    ['the network', { netBytesPerS: 0 }],
    ['what is typed', { typesEveryS: undefined }],
  ])('without a look at %s, somebody at work would be stopped', (_, silent) => {
    const blind = busy.map(([name, trace]) => {
      const segments = trace.segments?.map((part) => silenced(part, silent));
      return [name, { ...trace, segments }] as const;
    });
    expect(judgeTraces(new Map(blind), [0]).stoppedInUse.length).toBeGreaterThan(2);
  });
});

/** The same without a signal. */
function silenced(part: TracePart, silent: Partial<TraceSegment>): TracePart {
  if ('times' in part) return { ...part, of: part.of.map((one) => silenced(one, silent)) };
  return { ...part, ...silent };
}

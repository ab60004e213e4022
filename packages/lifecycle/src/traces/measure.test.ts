import { describe, expect, test } from 'vitest';
import { measurable } from './measure.ts';
import { traceSchema, type Trace } from './trace.ts';

const reason = 'a reason that is long enough';

function traceOf(more: object): Trace {
  return traceSchema.parse({ title: 'a trace', label: 'busy', reason, ...more });
}

describe('a measured trace', () => {
  test('averages CPU and adds the network up since the sample before', () => {
    const source = measurable(
      traceOf({
        segments: [
          { forS: 20, cpu: 90, netBytesPerS: 10 },
          { forS: 100, cpu: 0 },
        ],
      }),
    );
    expect(source.measure(0, 30_000)).toMatchObject({ cpuPercent: 60, networkBytes: 200 });
    expect(source.measure(30_000, 60_000)).toMatchObject({ cpuPercent: 0, networkBytes: 0 });
  });

  test('reads a GPU as of the last second only, each slot its own', () => {
    const source = measurable(
      traceOf({
        slots: ['0', '1:2'],
        segments: [
          { forS: 29.5, gpu: [80, 10] },
          { forS: 30, gpu: [0, null], inUse: [null, true] },
        ],
      }),
    );
    expect(source.measure(0, 30_000).slots).toEqual([
      { slot: '0', utilizationPercent: 40, inUse: null },
      { slot: '1:2', utilizationPercent: null, inUse: true },
    ]);
  });

  test('knows only the last key, and none without a terminal', () => {
    const source = measurable(traceOf({ segments: [{ forS: 40, typesEveryS: 15 }, { forS: 60 }] }));
    expect(source.measure(0, 20_000).inputAtMs).toBe(15_000);
    expect(source.measure(20_000, 90_000).inputAtMs).toBe(30_000);
    const without = measurable(traceOf({ segments: [{ forS: 40 }] }));
    expect(without.measure(0, 20_000).inputAtMs).toBeNull();
    const open = measurable(traceOf({ terminal: true, segments: [{ forS: 40 }] }));
    expect(open.measure(0, 20_000).inputAtMs).toBe(0);
  });

  test('what is unknown for a part of the time is unknown', () => {
    const source = measurable(
      traceOf({
        segments: [
          { forS: 20, cpu: 90 },
          { forS: 40, cpu: null, netBytesPerS: null },
        ],
      }),
    );
    expect(source.measure(0, 30_000)).toMatchObject({ cpuPercent: null, networkBytes: null });
  });

  test('is not measured while nobody measures', () => {
    const source = measurable(
      traceOf({
        segments: [
          { forS: 10 },
          { forS: 20, measured: false },
          { forS: 5, measured: false },
          { forS: 9 },
        ],
      }),
    );
    expect(source.measuredAgainAt(9_000)).toBe(9_000);
    expect(source.measuredAgainAt(12_000)).toBe(35_000);
    expect(source.endMs).toBe(44_000);
  });

  test('repeats what is repeated, also within', () => {
    const inner = { times: 3, of: [{ forS: 1, cpu: 30 }, { forS: 1 }] };
    const source = measurable(traceOf({ segments: [{ times: 2, of: [inner, { forS: 4 }] }] }));
    expect(source.endMs).toBe(20_000);
    expect(source.measure(10_000, 16_000).cpuPercent).toBe(15);
  });

  test('takes samples of a machine, which hold since the one before', () => {
    const source = measurable(
      traceOf({
        samples: [
          { atS: 30, gpu: [50], cpu: 10, netBytes: 3000, inputAtS: 12 },
          { atS: 90, gpu: [null], inUse: [true], cpu: 40, netBytes: 600 },
        ],
      }),
    );
    expect(source.measure(0, 20_000)).toEqual({
      atMs: 20_000,
      slots: [{ slot: '0', utilizationPercent: 50, inUse: null }],
      cpuPercent: 10,
      networkBytes: 2000,
      inputAtMs: 12_000,
    });
    expect(source.measure(30_000, 60_000)).toMatchObject({
      slots: [{ utilizationPercent: null, inUse: true }],
      cpuPercent: 40,
      networkBytes: 300,
      inputAtMs: 12_000,
    });
    expect(source.endMs).toBe(90_000);
  });
});

describe('a trace that makes no sense', () => {
  test.each([
    ['neither segments nor samples', {}, 'either segments or samples'],
    ['busy and idle', { segments: [{ forS: 1 }], idleFromS: 5 }, 'belongs to idle traces'],
    ['busy and missed', { segments: [{ forS: 1 }], beyondTheRules: reason }, 'never a known limit'],
    ['an unknown field', { segments: [{ forS: 1, gpus: 3 }] }, 'gpus'],
    ['a stretch without length', { segments: [{ forS: 0 }] }, 'forS'],
  ])('is refused: %s', (_, more, message) => {
    expect(() => traceOf(more)).toThrow(message);
  });
});

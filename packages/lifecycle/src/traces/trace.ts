import { z } from 'zod';

const daysS = 14 * 86_400;
const seconds = z.number().positive().max(daysS);
const percent = z.number().min(0).max(100);
/** One value for every slot, or a list with one for each. */
const forSlots = {
  gpu: z.union([percent.nullable().transform((one) => [one]), z.array(percent.nullable()).min(1)]),
  inUse: z.union([
    z
      .boolean()
      .nullable()
      .transform((one) => [one]),
    z.array(z.boolean().nullable()).min(1),
  ]),
};

/** Some time in which a container did much the same. What isn't said is nothing: no GPU, no CPU. */
export const traceSegmentSchema = z.strictObject({
  /** How long, in seconds. */
  forS: seconds,
  note: z.string().min(1).optional(),
  /** Utilisation in percent, of every slot or of each one; `null` where nothing knows it. */
  gpu: forSlots.gpu.default([0]),
  /** Where the utilisation isn't known: whether a process or memory is on it; `null` is unknown. */
  inUse: forSlots.inUse.default([null]),
  /** In percent of one CPU; `null` is unknown. */
  cpu: z.number().min(0).nullable().default(0),
  /** Both ways; `null` is unknown. */
  netBytesPerS: z.number().min(0).nullable().default(0),
  /** Somebody presses a key at the beginning and then again and again, so many seconds apart. */
  typesEveryS: seconds.optional(),
  /** The container was paused. */
  paused: z.boolean().default(false),
  /** False: nobody measured, as while the daemon is down. */
  measured: z.boolean().default(true),
});
/** Some time in which a container did much the same. */
export type TraceSegment = z.output<typeof traceSegmentSchema>;

/** Segments that follow each other several times. */
export interface TraceRepetition {
  readonly times: number;
  readonly of: readonly TracePart[];
}
/** A segment, or several that are repeated. */
export type TracePart = TraceSegment | TraceRepetition;

const tracePartSchema: z.ZodType<TracePart> = z.lazy(() =>
  z.union([
    traceSegmentSchema,
    z.strictObject({
      times: z.int().min(1).max(10_000),
      of: z.array(tracePartSchema).min(1),
    }),
  ]),
);

/** One sample as it was measured on a machine, in seconds since the container's start. */
export const measuredSampleSchema = z.strictObject({
  atS: z.number().min(0).max(daysS),
  /** Of each slot. */
  gpu: z.array(percent.nullable()),
  inUse: z.array(z.boolean().nullable()).optional(),
  /** On average since the sample before; 100 is one CPU. */
  cpu: z.number().min(0).nullable(),
  /** Since the sample before, both ways. */
  netBytes: z.number().min(0).nullable(),
  /** When somebody last typed; `null` without a terminal. */
  inputAtS: z.number().min(0).nullable().default(null),
});
/** One sample as it was measured on a machine. */
export type MeasuredSample = z.output<typeof measuredSampleSchema>;

/**
 * What a container did, and whether a person would say that it was in use: the format of the files in
 * `fixtures/traces`, which has a page of its own there. Time begins with the container's start.
 */
export const traceSchema = z
  .strictObject({
    title: z.string().min(1).max(120),
    /** `busy`: stopping it at any time would be wrong. `idle`: from `idleFromS` on nobody uses it. */
    label: z.enum(['busy', 'idle']),
    /** Why a person would say so. */
    reason: z.string().min(20),
    idleFromS: z.number().min(0).max(daysS).default(0),
    /** What tells the rules can't see here, where the label is known to be missed. */
    beyondTheRules: z.string().min(20).optional(),
    slots: z.array(z.string().min(1)).min(1).default(['0']),
    /** A terminal is open from the start, also when nobody types. */
    terminal: z.boolean().default(false),
    idleTimeoutM: z.number().positive().default(30),
    graceM: z.number().min(0).default(30),
    cpuIdlePercent: z.number().min(0).default(2),
    windowSamples: z.int().min(1).default(3),
    /** The server was in high demand all the time. */
    highDemand: z.boolean().default(false),
    /** The person asked to keep it until then. */
    keptUntilS: z.number().positive().max(daysS).optional(),
    segments: z.array(tracePartSchema).min(1).optional(),
    samples: z.array(measuredSampleSchema).min(2).optional(),
  })
  .refine(({ segments, samples }) => (segments === undefined) !== (samples === undefined), {
    error: 'either segments or samples',
  })
  .refine(({ label, idleFromS }) => label === 'idle' || idleFromS === 0, {
    error: 'idleFromS belongs to idle traces',
    path: ['idleFromS'],
  })
  .refine(({ label, beyondTheRules }) => label === 'idle' || beyondTheRules === undefined, {
    error: 'a busy container that is stopped is an error, never a known limit',
    path: ['beyondTheRules'],
  });
/** What a container did, with a label; see {@link traceSchema}. */
export type Trace = z.output<typeof traceSchema>;

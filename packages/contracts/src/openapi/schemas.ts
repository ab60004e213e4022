import { z } from 'zod';
import { containerSummarySchema, leaseSummarySchema } from '../container.ts';
import { eventSchema } from '../events.ts';
import { operationSchema } from '../http/operation.ts';
import { tokenSchema } from '../http/token.ts';
import { resolvedLimitsSchema } from '../limits.ts';
import { explainOutputSchema } from '../lifecycle/explanation.ts';
import { doctorOutputSchema, gpuStatusOutputSchema, usageSchema } from '../output.ts';
import { problemSchema } from '../problem.ts';
import { queueEntrySchema } from '../queue/queue.ts';
import { gpuRequestSchema } from '../request.ts';
import { imageSummarySchema, imageVersionSchema } from '../routes/images.ts';
import { queryFlagSchema, queryIntegerSchema } from '../routes/route.ts';
import { progressLineSchema } from '../wire-schemas.ts';
import type { JsonSchema } from './types.ts';

/** Which side of a schema: what is sent, or what is answered. */
export type Side = 'input' | 'output';

/** Schemas of a document, each under its name. */
export interface Schemas {
  /** JSON Schema of one side of a zod schema; what has a name is referred to. */
  of(schema: z.ZodType, side: Side): JsonSchema;
  /** Adds it under a name and gives the reference. */
  named(name: string, schema: JsonSchema): JsonSchema;
  /** All that have a name, by name. */
  all(): Readonly<Record<string, JsonSchema>>;
}

const names = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries({
  Container: containerSummarySchema,
  Doctor: doctorOutputSchema,
  Event: eventSchema,
  Explanation: explainOutputSchema,
  GpuRequest: gpuRequestSchema,
  GpuStatus: gpuStatusOutputSchema,
  Image: imageSummarySchema,
  ImageVersion: imageVersionSchema,
  Lease: leaseSummarySchema,
  Limits: resolvedLimitsSchema,
  Operation: operationSchema,
  Problem: problemSchema,
  ProgressLine: progressLineSchema,
  QueueEntry: queueEntrySchema,
  Token: tokenSchema,
  Usage: usageSchema,
})) {
  names.add(schema, { id });
}

const definitions = '#/$defs/';
const components = '#/components/schemas/';

/** Fifteen digits: what every program reads as the same number. */
const mostInQuery = 999_999_999_999_999;

/** No schemas yet. */
export function createSchemas(): Schemas {
  const all = new Map<string, JsonSchema>();
  return {
    of(schema, side) {
      // A schema that has a name itself is referred to as well, being a field here.
      const made = z.toJSONSchema(z.object({ value: schema }), {
        target: 'draft-2020-12',
        io: side,
        metadata: names,
        override: ({ zodSchema, jsonSchema }) => adapt(zodSchema, jsonSchema, side),
      });
      for (const [name, definition] of Object.entries(made.$defs ?? {})) {
        const { id: _, ...rest } = asSchema(definition);
        all.set(name, asSchema(pointed(rest)));
      }
      return asSchema(pointed(made.properties?.['value']));
    },
    named(name, schema) {
      all.set(name, schema);
      return { $ref: `${components}${name}` };
    },
    all: () => Object.fromEntries([...all].toSorted(([one], [other]) => (one < other ? -1 : 1))),
  };
}

/** What zod can't know: how values look in a query, and that answers may grow. */
function adapt(
  zodSchema: z.core.$ZodTypes,
  jsonSchema: z.core.JSONSchema.BaseSchema,
  side: Side,
): void {
  if (zodSchema === queryFlagSchema) replace(jsonSchema, { type: 'boolean', default: false });
  if (zodSchema === queryIntegerSchema) {
    replace(jsonSchema, { type: 'integer', minimum: -mostInQuery, maximum: mostInQuery });
  }
  const { def } = zodSchema._zod;
  if (side === 'input' && def.type === 'pipe' && def.out._zod.def.type === 'number') {
    // Text that is read as a number: what counts is which numbers are taken.
    const { $schema: _, ...taken } = z.toJSONSchema(def.out, { target: 'draft-2020-12' });
    replace(jsonSchema, taken);
  }
  // Left out by zod where text is read as something else.
  if (side === 'input' && def.type === 'default') jsonSchema.default = def.defaultValue;
  if (side === 'output' && def.type === 'object' && def.catchall === undefined) {
    delete jsonSchema.additionalProperties;
  }
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

function replace(target: z.core.JSONSchema.BaseSchema, by: object): void {
  for (const key of Object.keys(target)) delete target[key];
  Object.assign(target, by);
}

/** The same with references into the components of the document. */
function pointed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string'
        ? inner.replace(definitions, components)
        : pointed(inner),
    ]),
  );
}

const schemaSchema = z.record(z.string(), z.unknown());

function asSchema(value: unknown): JsonSchema {
  return schemaSchema.parse(value);
}

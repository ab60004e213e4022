import type { JsonSchema, OpenApiDocument } from '@ds01/contracts/openapi';
import fc from 'fast-check';
import { z } from 'zod';

/** Values that mean something where the server knows them, by the names of fields. */
export type KnownValues = Readonly<Record<string, readonly unknown[]>>;

/** What values are made with. */
export interface ValueSource {
  readonly document: OpenApiDocument;
  readonly known: KnownValues;
}

const schemaSchema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.record(z.string(), z.unknown())).optional(),
  oneOf: z.array(z.record(z.string(), z.unknown())).optional(),
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
  additionalProperties: z.union([z.boolean(), z.record(z.string(), z.unknown())]).default(true),
  propertyNames: z.record(z.string(), z.unknown()).optional(),
  items: z.record(z.string(), z.unknown()).optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  minLength: z.number().default(0),
  maxLength: z.number().default(100),
  minItems: z.number().default(0),
  maxItems: z.number().default(3),
  minimum: z.number().default(Number.MIN_SAFE_INTEGER),
  maximum: z.number().default(Number.MAX_SAFE_INTEGER),
  exclusiveMinimum: z.number().optional(),
});
type Schema = z.output<typeof schemaSchema>;

/** No text is made longer than this: what is too long is tried on purpose, not by chance. */
const longestText = 100;

/** Values that a schema of the document allows. */
export function valueOf(source: ValueSource, given: JsonSchema): fc.Arbitrary<unknown> {
  const schema = schemaSchema.parse(given);
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return valueOf(source, source.document.components.schemas[name] ?? {});
  }
  if ('const' in given) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => valueOf(source, choice)));
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => typed(source, { ...schema, type })));
  }
  return typed(source, schema);
}

function typed(source: ValueSource, schema: Schema): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'string':
      return text(schema);
    case 'integer':
      return fc.integer(rangeOf(schema));
    case 'number':
      return fc.oneof(
        fc.integer(rangeOf(schema)),
        fc.double({ ...rangeOf(schema), noNaN: true, noDefaultInfinity: true }),
      );
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valueOf(source, schema.items ?? {}), {
        minLength: schema.minItems,
        maxLength: Math.min(schema.maxItems, schema.minItems + 3),
      });
    case 'object':
      return object(source, schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function text({ pattern, format, minLength, maxLength }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') {
    const noInvalidDate = { min: new Date(0), max: new Date(4e12), noInvalidDate: true };
    return fc.date(noInvalidDate).map((date) => date.toISOString());
  }
  if (format === 'email') return fc.constantFrom('a@b.example', 'somebody.else@c.d.example');
  if (pattern !== undefined) return matching(pattern);
  const bounds = { minLength, maxLength: Math.min(maxLength, longestText) };
  return fc.oneof(
    fc.string({ ...bounds, unit: fc.constantFrom('a', 'b', 'X', 'Z', '0', '9', '-', '_', '.') }),
    fc.string(bounds),
    fc.string({ ...bounds, maxLength: Math.floor(bounds.maxLength / 4) || 1, unit: 'grapheme' }),
  );
}

/** Of a pattern that can't be turned round, what is most often meant. */
function matching(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern), { maxLength: longestText });
  } catch {
    return fc.constantFrom('a', 'abc-1', '1', 'A_B');
  }
}

function rangeOf({ minimum, maximum, exclusiveMinimum }: Schema): { min: number; max: number } {
  return { min: exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1, max: maximum };
}

function object(source: ValueSource, schema: Schema): fc.Arbitrary<object> {
  const fields = Object.entries(schema.properties).map(
    ([name, field]) => [name, fieldOf(source, name, field)] as const,
  );
  const requiredKeys = schema.required.filter((name) => name in schema.properties);
  const known = fc.record(Object.fromEntries(fields), { requiredKeys, noNullPrototype: true });
  const further = schema.required.filter((name) => !(name in schema.properties));
  if (typeof schema.additionalProperties !== 'object') return known;
  const keys =
    schema.propertyNames === undefined
      ? fc.stringMatching(/^[A-Z_]{1,9}$/)
      : key(source, schema.propertyNames);
  const others = fc.dictionary(keys, valueOf(source, schema.additionalProperties), {
    maxKeys: 3,
    noNullPrototype: true,
  });
  const value = valueOf(source, schema.additionalProperties);
  const needed = fc.record(Object.fromEntries(further.map((name) => [name, value])));
  return fc.tuple(others, needed, known).map((parts): object => Object.assign({}, ...parts));
}

function key(source: ValueSource, schema: JsonSchema): fc.Arbitrary<string> {
  return valueOf(source, { type: 'string', ...schema }).map(String);
}

/** A field's value: half of the time one that means something, where its name is known. */
export function fieldOf(
  source: ValueSource,
  name: string,
  schema: JsonSchema,
): fc.Arbitrary<unknown> {
  const any = valueOf(source, schema);
  const known = source.known[name];
  if (known === undefined || known.length === 0) return any;
  return fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: any },
  );
}

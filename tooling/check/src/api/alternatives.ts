import { z } from 'zod';
import { resolved, type ApiDocument, type ApiSchema } from './document.ts';

const fieldsSchema = z.looseObject({
  enum: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
  items: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.union([z.boolean(), z.record(z.string(), z.unknown())]).default(true),
});

/** One kind of value that a schema allows. */
export interface Alternative {
  /** `any` without a type. */
  readonly type: string;
  /** The values that are meant; `null` is any of the type. */
  readonly values: readonly unknown[] | null;
  readonly fields: Readonly<Record<string, ApiSchema>>;
  readonly required: readonly string[];
  readonly items: ApiSchema | null;
  /** Schema of fields that have no name in it; false without them. */
  readonly others: ApiSchema | boolean;
  /** All keywords. */
  readonly keywords: ApiSchema;
}

/** Every kind of value that a schema allows: `string | null` is two. References are followed. */
export function alternativesOf(document: ApiDocument, schema: ApiSchema): readonly Alternative[] {
  const whole = resolved(document, schema);
  const { anyOf, oneOf, allOf, ...rest } = whole;
  const choices = schemasIn(anyOf ?? oneOf);
  if (choices !== null) {
    return choices.flatMap((choice) => alternativesOf(document, { ...rest, ...choice }));
  }
  const parts = schemasIn(allOf);
  if (parts !== null) return alternativesOf(document, mergedOf(document, [rest, ...parts]));
  const { type } = whole;
  const types = Array.isArray(type)
    ? type.map(String)
    : [typeof type === 'string' ? type : typeOf(whole)];
  return types.map((one) => alternativeOf(one, whole));
}

/** The value of each field that has only one: what tells apart kinds of objects. */
export function tagsOf(
  document: ApiDocument,
  { fields }: Alternative,
): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(fields).flatMap(([name, schema]) => {
      const { const: only } = resolved(document, schema);
      return only === undefined ? [] : [[name, only] as const];
    }),
  );
}

function alternativeOf(type: string, schema: ApiSchema): Alternative {
  const read = fieldsSchema.parse(schema);
  const values = 'const' in schema ? [schema['const']] : (read.enum ?? null);
  return {
    type,
    values: values?.filter((value) => type === 'any' || isOfType(value, type)) ?? null,
    fields: read.properties,
    required: read.required,
    items: read.items ?? null,
    others: read.additionalProperties,
    keywords: schema,
  };
}

function typeOf({ const: only, enum: values, properties }: ApiSchema): string {
  if (properties !== undefined) return 'object';
  const known: unknown = only ?? (Array.isArray(values) ? values[0] : undefined);
  return known === undefined ? 'any' : known === null ? 'null' : typeof known;
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'integer') return typeof value === 'number';
  return typeof value === type;
}

/** Objects that hold together, as one. */
function mergedOf(document: ApiDocument, parts: readonly ApiSchema[]): ApiSchema {
  const whole = parts.map((part) => resolved(document, part));
  const fields = whole.map((part) => fieldsSchema.parse(part));
  return Object.assign({}, ...whole, {
    allOf: undefined,
    properties: Object.assign({}, ...fields.map(({ properties }) => properties)) as unknown,
    required: fields.flatMap(({ required }) => required),
  }) as ApiSchema;
}

function schemasIn(value: unknown): readonly ApiSchema[] | null {
  return value === undefined ? null : z.array(z.record(z.string(), z.unknown())).parse(value);
}

import { z } from 'zod';

const schemaSchema = z.record(z.string(), z.unknown());
const mediaSchema = z.looseObject({
  schema: schemaSchema,
  'x-ds01-line': schemaSchema.optional(),
});
const contentSchema = z.record(z.string(), mediaSchema).default({});
const parameterSchema = z.looseObject({
  name: z.string(),
  in: z.string(),
  required: z.boolean().default(false),
  schema: schemaSchema,
});
const responseSchema = z.looseObject({
  headers: z.record(z.string(), z.unknown()).default({}),
  content: contentSchema,
});
const referenceSchema = z.strictObject({ $ref: z.string() });
const operationSchema = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))).default([]),
  parameters: z.array(z.union([referenceSchema, parameterSchema])).default([]),
  requestBody: z
    .looseObject({ required: z.boolean().default(false), content: contentSchema })
    .optional(),
  responses: z.record(z.string(), z.union([referenceSchema, responseSchema])),
});

/** As much of an OpenAPI 3.1 document as decides whether a client of it goes on working. */
export const apiDocumentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z
    .looseObject({
      parameters: z.record(z.string(), parameterSchema).default({}),
      responses: z.record(z.string(), responseSchema).default({}),
      schemas: z.record(z.string(), schemaSchema).default({}),
    })
    .default({ parameters: {}, responses: {}, schemas: {} }),
});

/** A document of an HTTP API. */
export type ApiDocument = z.infer<typeof apiDocumentSchema>;
/** One method of one path. */
export type ApiOperation = z.infer<typeof operationSchema>;
/** A parameter with nothing to look up. */
export type ApiParameter = z.infer<typeof parameterSchema>;
/** An answer with nothing to look up. */
export type ApiResponse = z.infer<typeof responseSchema>;
/** Bodies by media type. */
export type ApiContent = z.infer<typeof contentSchema>;
/** A JSON Schema. */
export type ApiSchema = z.infer<typeof schemaSchema>;

/** Parameters of an operation, looked up. */
export function parametersOf(
  document: ApiDocument,
  operation: ApiOperation,
): readonly ApiParameter[] {
  return operation.parameters.map((one) =>
    isReference(one) ? found(document.components.parameters, one.$ref) : one,
  );
}

/** Answers of an operation by status, looked up. */
export function responsesOf(
  document: ApiDocument,
  operation: ApiOperation,
): ReadonlyMap<string, ApiResponse> {
  return new Map(
    Object.entries(operation.responses).map(([status, one]) => [
      status,
      isReference(one) ? found(document.components.responses, one.$ref) : one,
    ]),
  );
}

/** The schema that is meant, wherever it stands. */
export function resolved(document: ApiDocument, schema: ApiSchema): ApiSchema {
  const { $ref } = schema;
  return typeof $ref === 'string'
    ? resolved(document, found(document.components.schemas, $ref))
    : schema;
}

function isReference(value: object): value is { readonly $ref: string } {
  return '$ref' in value;
}

function found<T>(among: Readonly<Record<string, T>>, reference: string): T {
  const value = among[reference.split('/').at(-1) ?? ''];
  if (value === undefined) throw new Error(`the document has no ${reference}`);
  return value;
}

import {
  documentPaths,
  type JsonSchema,
  type OpenApiDocument,
  type OpenApiOperation,
  type OpenApiParameter,
} from '@ds01/contracts/openapi';
import fc from 'fast-check';
import { fieldOf, valueOf, type KnownValues, type ValueSource } from './values.ts';

/** A request as the document describes it, before it is written as HTTP. */
export interface ApiRequest {
  readonly operationId: string;
  readonly kind: string;
  readonly method: string;
  /** With `{parameters}`. */
  readonly path: string;
  readonly inPath: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined` without. */
  readonly body: unknown;
}

/** An operation and where it is. */
export interface PlacedOperation {
  readonly operation: OpenApiOperation;
  readonly method: string;
  readonly path: string;
}

/** Operations of the route table: those that tell about the document itself are no part of it. */
export function operationsIn(document: OpenApiDocument): readonly PlacedOperation[] {
  const own: readonly string[] = Object.values(documentPaths);
  return Object.entries(document.paths)
    .filter(([path]) => !own.includes(path))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        operation,
        path,
        method: method.toUpperCase(),
      })),
    );
}

/** Requests of one operation that the document allows; bodies are JSON. */
export function validRequests(
  document: OpenApiDocument,
  { operation, path, method }: PlacedOperation,
  known: KnownValues,
): fc.Arbitrary<ApiRequest> {
  const source: ValueSource = { document, known };
  const parameters = operation.parameters.map((one) =>
    'name' in one ? one : found(document.components.parameters, one.$ref),
  );
  const among = (place: OpenApiParameter['in']): fc.Arbitrary<Record<string, unknown>> => {
    const chosen = parameters.filter((one) => one.in === place);
    const values = chosen.map(({ name, schema }) => [name, fieldOf(source, name, schema)] as const);
    const requiredKeys = chosen.filter(({ required }) => required === true).map(({ name }) => name);
    return fc.record(Object.fromEntries(values), { requiredKeys, noNullPrototype: true });
  };
  const json = operation.requestBody?.content['application/json']?.schema;
  return fc
    .record({
      inPath: among('path'),
      query: among('query'),
      headers: among('header'),
      body: bodyOf(source, json, operation.requestBody?.required === true),
    })
    .map(({ headers, ...rest }) => ({
      operationId: operation.operationId,
      kind: operation['x-ds01-kind'],
      method,
      path,
      ...rest,
      headers: headersOf(headers),
    }));
}

function bodyOf(
  source: ValueSource,
  schema: JsonSchema | undefined,
  isRequired: boolean,
): fc.Arbitrary<unknown> {
  if (schema === undefined) return fc.constant(undefined);
  const body = valueOf(source, schema);
  return isRequired ? body : fc.option(body, { nil: undefined, freq: 4 });
}

/** What a header can carry: ASCII that can be seen, and no empty one. */
function headersOf(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name, String(value).replaceAll(/[^!-~]/g, '')] as const)
      .filter(([, value]) => value !== ''),
  );
}

function found(among: Readonly<Record<string, OpenApiParameter>>, $ref: string): OpenApiParameter {
  const parameter = among[$ref.split('/').at(-1) ?? ''];
  if (parameter === undefined) throw new Error(`the document has no ${$ref}`);
  return parameter;
}

/** The input of the operation that the request comes to. */
export function inputIn({ inPath, query, body }: ApiRequest): Readonly<Record<string, unknown>> {
  const { dryRun: _, ...rest } = query;
  return { ...rest, ...(typeof body === 'object' ? body : {}), ...inPath };
}

import type { JsonSchema, OpenApiDocument, OpenApiResponse } from '@ds01/contracts/openapi';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { operationsIn } from './valid-requests.ts';
import { valueOf } from './values.ts';

/** An answer as it came. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Says what of an answer the document doesn't; `null` when it says all. */
export type CheckAnswer = (operationId: string, answer: HttpAnswer) => string | null;

/** Compares answers with the document: their status, media type, and JSON bodies. */
export function createAnswerCheck(document: OpenApiDocument): CheckAnswer {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'document', components: document.components });
  const operations = new Map(
    operationsIn(document).map(({ operation }) => [operation.operationId, operation]),
  );
  const known = new Map<string, ValidateFunction>();
  const validatorOf = (schema: JsonSchema): ValidateFunction => {
    const text = JSON.stringify(schema).replaceAll('"#/', '"document#/');
    const validate = known.get(text) ?? ajv.compile(JSON.parse(text) as object);
    known.set(text, validate);
    return validate;
  };
  return (operationId, { status, headers, body }) => {
    const responses = operations.get(operationId)?.responses ?? {};
    const given = responses[String(status)] ?? responses['default'];
    if (given === undefined) return `${operationId}: ${status} is not in the document`;
    const isOther = responses[String(status)] === undefined;
    if (isOther && status < 400) return `${operationId}: ${status} is not in the document`;
    const { content = {} } = responseOf(document, given);
    const type = headers['content-type']?.split(';')[0] ?? '';
    const media = content[type];
    if (media === undefined) return `${operationId}: ${status} has the type ${type}`;
    const line = media['x-ds01-line'];
    if (line === undefined && !type.endsWith('json')) return null;
    const texts = line === undefined ? [body] : recordsIn(type, body);
    const validate = validatorOf(line ?? media.schema);
    const wrong = texts.find((text) => !validate(JSON.parse(text)));
    if (wrong === undefined) return null;
    return `${operationId}: ${status} ${ajv.errorsText(validate.errors)}: ${wrong.slice(0, 500)}`;
  };
}

/** Lines of JSON, or what server-sent events carry. */
function recordsIn(type: string, body: string): readonly string[] {
  const lines = body.split('\n').filter((text) => text !== '');
  if (type !== 'text/event-stream') return lines;
  return lines.filter((text) => text.startsWith('data: ')).map((text) => text.slice(6));
}

/** Records that a stream may answer with. */
export function validRecords(
  document: OpenApiDocument,
  operationId: string,
): fc.Arbitrary<unknown> {
  const placed = operationsIn(document).find(
    ({ operation }) => operation.operationId === operationId,
  );
  const given = placed?.operation.responses['200'];
  const content = given === undefined ? {} : (responseOf(document, given).content ?? {});
  const schema = content['application/x-ndjson']?.['x-ds01-line'];
  return schema === undefined ? fc.string() : valueOf({ document, known: {} }, schema);
}

/** Documents that an operation may answer with 200. */
export function validAnswers(
  document: OpenApiDocument,
  operationId: string,
): fc.Arbitrary<unknown> {
  const schema = document.components.schemas[nameOf(operationId)];
  return schema === undefined ? fc.constant({}) : valueOf({ document, known: {} }, schema);
}

function nameOf(operationId: string): string {
  const words = operationId.split(/[.-]/);
  return `${words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')}Output`;
}

function responseOf(
  document: OpenApiDocument,
  given: OpenApiResponse | { readonly $ref: string },
): OpenApiResponse {
  if (!('$ref' in given)) return given;
  const found = document.components.responses[given.$ref.split('/').at(-1) ?? ''];
  if (found === undefined) throw new Error(`the document has no ${given.$ref}`);
  return found;
}

import type { JsonSchema } from '@ds01/contracts/openapi';
import { html as markup, raw } from 'hono/html';
import { z } from 'zod';

/** Text of a page, escaped. */
export type Markup = ReturnType<typeof markup>;

const shapeSchema = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  items: z.record(z.string(), z.unknown()).optional(),
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.union([z.boolean(), z.record(z.string(), z.unknown())]).optional(),
  anyOf: z.array(z.record(z.string(), z.unknown())).optional(),
  oneOf: z.array(z.record(z.string(), z.unknown())).optional(),
  allOf: z.array(z.record(z.string(), z.unknown())).optional(),
});
type Shape = z.infer<typeof shapeSchema>;

/** A schema the way that types are written: what people read fastest. Named ones are links. */
export function schemaText(schema: JsonSchema, indent = ''): Markup {
  const shape = shapeSchema.parse(schema);
  const choices = shape.anyOf ?? shape.oneOf ?? shape.allOf;
  if (shape.$ref !== undefined) {
    const name = shape.$ref.split('/').at(-1) ?? '';
    return markup`<a href="#schema-${name}">${name}</a>`;
  }
  if (choices !== undefined) {
    const between = shape.allOf === undefined ? ' | ' : ' & ';
    return joined(
      choices.map((choice) => schemaText(choice, indent)),
      between,
    );
  }
  if (shape.properties !== undefined) return objectText(shape, indent);
  if (shape.items !== undefined) {
    const item = schemaText(shape.items, indent);
    return markup`array of ${item}${notesOf(shape)}`;
  }
  if (typeof shape.additionalProperties === 'object') {
    return markup`{ [key]: ${schemaText(shape.additionalProperties, indent)} }`;
  }
  return markup`${plainType(shape)}${notesOf(shape)}`;
}

function objectText({ properties = {}, required = [] }: Shape, indent: string): Markup {
  const inner = `${indent}  `;
  const names = Object.keys(properties);
  if (names.length === 0) return markup`{}`;
  const lines = names.map((name) => {
    const mark = required.includes(name) ? '' : '?';
    return markup`${inner}<b>${name}</b>${mark}: ${schemaText(properties[name] ?? {}, inner)}`;
  });
  return joined([markup`{`, ...lines, markup`${indent}}`], '\n');
}

function plainType({ type, enum: values, const: only }: Shape): string {
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (only !== undefined) return JSON.stringify(only);
  if (type === undefined) return 'anything';
  return typeof type === 'string' ? type : type.join(' | ');
}

function notesOf(shape: Shape): Markup {
  const least = shape.minimum ?? shape.minLength ?? shape.minItems;
  const most = shape.maximum ?? shape.maxLength ?? shape.maxItems;
  const notes = [
    shape.format,
    shape.exclusiveMinimum === undefined ? undefined : `more than ${shape.exclusiveMinimum}`,
    least === undefined && most === undefined ? undefined : `${least ?? ''}..${most ?? ''}`,
    shape.pattern,
    shape.default === undefined ? undefined : `default ${JSON.stringify(shape.default)}`,
  ].filter((note) => note !== undefined);
  return notes.length === 0 ? markup`` : markup` <i>${notes.join(', ')}</i>`;
}

/** Pieces with a text between them. */
function joined(pieces: readonly Markup[], between: string): Markup {
  return markup`${pieces.flatMap((piece, index) => (index === 0 ? [piece] : [raw(between), piece]))}`;
}

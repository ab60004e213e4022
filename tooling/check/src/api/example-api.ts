/** Part of a document that tests change. */
export type Tree = Record<string, unknown>;

/** A document of an API that has one of everything, for tests. */
export function exampleApi() {
  const gpu = {
    oneOf: [
      {
        type: 'object',
        properties: { kind: { const: 'none' } },
        required: ['kind'],
        additionalProperties: false,
      },
      {
        type: 'object',
        properties: { kind: { const: 'whole' }, count: { type: 'integer', minimum: 1 } },
        required: ['kind'],
        additionalProperties: false,
      },
    ],
  };
  const input: Tree = {
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 40 },
      image: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
      network: { enum: ['private', 'host'] },
      gpu: { $ref: '#/components/schemas/Gpu' },
      env: { type: 'object', additionalProperties: { type: 'string' } },
    },
    required: ['name'],
    additionalProperties: false,
  };
  const thing: Tree = {
    type: 'object',
    properties: {
      id: { type: 'string' },
      state: { enum: ['up', 'down'] },
      size: { type: ['integer', 'null'] },
      kind: { const: 'thing' },
      at: { type: 'string', format: 'date-time' },
    },
    required: ['id', 'state', 'size', 'kind', 'at'],
  };
  const post = {
    operationId: 'things.make',
    security: [{}, { bearer: ['write'] }],
    parameters: [
      { $ref: '#/components/parameters/DryRun' },
      { name: 'page', in: 'query', required: false, schema: { type: 'integer', maximum: 9 } },
    ] as Tree[],
    requestBody: {
      required: false,
      content: { 'application/json': { schema: input } } as Tree,
    },
    responses: {
      200: {
        description: '',
        headers: { Location: {} } as Tree,
        content: {
          'application/json': { schema: { $ref: '#/components/schemas/Thing' } },
          'application/x-ndjson': {
            schema: { type: 'string' },
            'x-ds01-line': { $ref: '#/components/schemas/Thing' },
          },
        } as Tree,
      },
      404: { description: '', content: {} },
    } as Tree,
  };
  const dryRun: Tree = { name: 'dryRun', in: 'query', schema: { type: 'boolean', default: false } };
  return {
    paths: { '/things': { post } } as Record<string, Record<string, typeof post>>,
    components: {
      parameters: { DryRun: dryRun },
      schemas: {
        Gpu: gpu,
        Thing: thing,
        Problem404: { properties: { code: { anyOf: [{ enum: ['thing.not-found'] }] } } } as Tree,
      },
    },
  };
}

/** See {@link exampleApi}. */
export type ExampleApi = ReturnType<typeof exampleApi>;
/** Its one operation. */
export type ExampleOperation = ExampleApi['paths'][string][string];

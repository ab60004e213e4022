import { routeIds } from '../routes/heads.ts';
import { routes } from '../routes/table.ts';
import { sharedParameters } from './input.ts';
import { operationOf } from './operation.ts';
import { nameProblems, problemsOfNothing, sharedResponses } from './problems.ts';
import { createSchemas } from './schemas.ts';
import { tags } from './tags.ts';
import type { OpenApiDocument, OpenApiOperation } from './types.ts';

/** Where the document and its reference are read. */
export const documentPaths = { document: '/openapi.json', reference: '/api/docs' } as const;

/**
 * The HTTP API as an OpenAPI 3.1 document, made of the route table: every path, input and answer, and
 * the problems of each operation as far as they are known beforehand. `version` is the daemon's.
 */
export function openApiDocument({ version }: { readonly version: string }): OpenApiDocument {
  const schemas = createSchemas();
  nameProblems(schemas);
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const id of routeIds) {
    const route = routes[id];
    const methods = (paths[route.path] ??= {});
    methods[route.method.toLowerCase()] = operationOf(id, route, schemas);
  }
  paths[documentPaths.document] = { get: ownOperation('document', 'application/json') };
  paths[documentPaths.reference] = { get: ownOperation('reference', 'text/html') };
  return {
    openapi: '3.1.1',
    info: {
      title: 'DS01',
      version,
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The daemon that serves this document.' }],
    tags,
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A token (`ds01 token create`), needed on TCP. On the daemon’s Unix socket the kernel ' +
            'says who is calling, and nothing has to be sent. Answers to a token that ends within two ' +
            'weeks, or the last tenth of its life, say when: `ds01-token-expires`.',
        },
      },
      parameters: sharedParameters,
      responses: sharedResponses(),
      schemas: schemas.all(),
    },
  };
}

const description = [
  'GPU containers on a shared server. Errors are problem details (RFC 9457) with a stable `code`.',
  'Every answer has a request id (`x-request-id`). Lists that take `limit` and `cursor` are read in',
  'pages: give `nextCursor` of one page as `cursor` of the next. Clients pass over fields, event types',
  'and values of enumerations that they don’t know: answers may grow within a major version.',
].join(' ');

function ownOperation(name: 'document' | 'reference', mediaType: string): OpenApiOperation {
  const text = { document: 'This document', reference: 'This document, to be read by people' };
  return {
    operationId: `openapi.${name}`,
    tags: ['daemon'],
    summary: text[name],
    'x-ds01-kind': 'call',
    'x-ds01-role': 'public',
    security: [],
    parameters: [],
    responses: {
      '200': {
        description: `${text[name]}.`,
        content: { [mediaType]: { schema: { type: name === 'document' ? 'object' : 'string' } } },
      },
      ...problemsOfNothing,
    },
  };
}

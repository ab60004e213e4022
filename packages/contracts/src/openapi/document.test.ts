import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { routeIds, routes } from '../index.ts';
import { errorTable } from '../errors.ts';
import { openApiDocument } from './document.ts';
import type { OpenApiOperation, OpenApiResponse, Reference } from './types.ts';

const document = openApiDocument({ version: '1.2.3' });
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
const byId = new Map(operations.map((operation) => [operation.operationId, operation]));

function operation(id: string): OpenApiOperation {
  const found = byId.get(id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
}

function codesIn(response: OpenApiResponse | Reference | undefined): readonly string[] {
  if (response === undefined) return [];
  const meant =
    '$ref' in response
      ? document.components.responses[response.$ref.split('/').at(-1) ?? '']
      : response;
  return meant?.['x-ds01-codes'] ?? [];
}

test('the document is valid OpenAPI 3.1, and every reference leads somewhere', async () => {
  const validator = new Validator();
  const copy: unknown = JSON.parse(JSON.stringify(document));
  const result = await validator.validate(copy as Record<string, unknown>);
  expect(result).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  const text = JSON.stringify(document);
  for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)) {
    expect([kind, name, name in (Reflect.get(document.components, kind) as object)]).toEqual([
      kind,
      name,
      true,
    ]);
  }
  expect(text).not.toContain('$defs');
});

test('every route is in it, under its method and path, with an answer and its problems', () => {
  expect(byId.size).toBe(operations.length);
  for (const id of routeIds) {
    const { path, method } = routes[id];
    expect(document.paths[path]?.[method.toLowerCase()]?.operationId).toBe(id);
    const { responses } = operation(id);
    expect(Object.keys(responses).some((status) => /^(101|20[02])$/.test(status))).toBe(true);
    for (const [status, response] of Object.entries(responses)) {
      for (const code of codesIn(response)) {
        expect(errorTable[code as keyof typeof errorTable].httpStatus).toBe(Number(status));
      }
    }
  }
});

test('every operation has its problems, also what describes the others', () => {
  for (const { responses } of operations) {
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['429', 'default']));
  }
});

test('every parameter of a path is described, and nothing else is', () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters } of Object.values(methods)) {
      const described = parameters.flatMap((one) =>
        'in' in one && one.in === 'path' ? [one.name] : [],
      );
      expect(described).toEqual(inPath);
    }
  }
});

test('numbers and switches of a query are what they mean, not how they are read', () => {
  const { parameters } = operation('events.list');
  const schemaOf = (name: string) =>
    parameters.find((one) => 'name' in one && one.name === name && 'schema' in one);
  expect(schemaOf('sinceMs')).toEqual({
    name: 'sinceMs',
    in: 'query',
    schema: { type: 'integer', minimum: -999_999_999_999_999, maximum: 999_999_999_999_999 },
  });
  expect(schemaOf('limit')).toMatchObject({
    schema: { type: 'integer', minimum: 1, maximum: 10_000, default: 50 },
  });
  expect(schemaOf('own')).toMatchObject({ schema: { type: 'boolean', default: false } });
});

test('long work answers 202, sessions 101, streams lines or events, a refused token 401', () => {
  expect(Object.keys(operation('images.push').responses)).toContain('202');
  expect(Object.keys(operation('containers.exec').responses)).toContain('101');
  expect(operation('events.follow').responses['200']).toMatchObject({
    content: { 'application/x-ndjson': {}, 'text/event-stream': {} },
  });
  expect(codesIn(operation('containers.list').responses['401'])).toEqual(['token.invalid']);
  expect(operation('daemon.health').responses).not.toHaveProperty('401');
  expect(operation('images.upload').requestBody?.content).toHaveProperty('application/x-tar');
});

test('the socket needs nothing, TCP a token of the least scope that reaches', () => {
  const scopes = (id: string) => operation(id).security;
  expect(scopes('containers.list')).toEqual([{}, { bearer: ['read'] }]);
  expect(scopes('containers.deploy')).toEqual([{}, { bearer: ['write'] }]);
  expect(scopes('admin.containers')).toEqual([{}, { bearer: ['admin'] }]);
  expect(scopes('daemon.metrics')).toEqual([{}, { bearer: ['metrics'] }]);
  expect(scopes('daemon.health')).toEqual([]);
  // A session is a way in, also one that changes nothing.
  expect(scopes('containers.forward')).toEqual([{}, { bearer: ['write'] }]);
  expect(scopes('tokens.revoke')).toEqual([{}, { bearer: ['write'] }]);
});

test('what makes secrets of tokens is for the socket alone', () => {
  const ids = operations.flatMap(({ operationId, security }) =>
    security.length === 1 ? [operationId] : [],
  );
  const makers = ['tokens.create', 'tokens.rotate'];
  expect(ids).toEqual([...makers, ...makers.map((id) => `admin.${id}`)]);
});

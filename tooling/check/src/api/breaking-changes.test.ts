import { describe, expect, test } from 'vitest';
import { breakingChanges } from './breaking-changes.ts';
import { apiDocumentSchema, type ApiDocument } from './document.ts';
import {
  exampleApi,
  type ExampleApi as Released,
  type ExampleOperation as Post,
  type Tree,
} from './example-api.ts';
import { breakingRules, type BreakingRule } from './rules.ts';

/** What a change of the document breaks. */
function brokenBy(edit: (document: Released, post: Post) => void) {
  const before = apiDocumentSchema.parse(exampleApi());
  const changed = exampleApi();
  const post = changed.paths['/things']?.['post'];
  if (post === undefined) throw new Error('no operation');
  edit(changed, post);
  const now: ApiDocument = apiDocumentSchema.parse(changed);
  return breakingChanges(before, now);
}

const at = (tree: Tree, ...path: readonly string[]): Tree =>
  path.reduce((inner, key) => inner[key] as Tree, tree);
const bodyOf = (post: Post): Tree =>
  at(post.requestBody.content, 'application/json', 'schema', 'properties');
const bodySchemaOf = (post: Post): Tree =>
  at(post.requestBody.content, 'application/json', 'schema');
const thingOf = ({ components }: Released): Tree => at(components.schemas.Thing, 'properties');

const breaking: readonly (readonly [
  rule: BreakingRule,
  what: string,
  edit: (document: Released, post: Post) => void,
])[] = [
  ['operation-removed', 'a path is gone', ({ paths }) => delete paths['/things']],
  [
    'operation-removed',
    'a path has another name',
    ({ paths }) => {
      paths['/stuff'] = paths['/things'] ?? {};
      delete paths['/things'];
    },
  ],
  ['operation-renamed', 'another id', (_, post) => (post.operationId = 'things.create')],
  ['access-narrowed', 'another scope', (_, post) => (post.security = [{}, { bearer: ['admin'] }])],
  ['access-narrowed', 'the socket no longer', (_, post) => post.security.shift()],
  ['parameter-removed', 'one that is shared', (_, post) => post.parameters.shift()],
  [
    'parameter-removed',
    'moved to the headers',
    (_, post) => ((post.parameters[1] ?? {})['in'] = 'header'),
  ],
  [
    'parameter-required',
    'a new one',
    (_, post) =>
      post.parameters.push({ name: 'x', in: 'query', required: true, schema: { type: 'string' } }),
  ],
  [
    'parameter-required',
    'a known one',
    (_, post) => ((post.parameters[1] ?? {})['required'] = true),
  ],
  [
    'input-bound-tightened',
    'of a parameter',
    (_, post) => ((post.parameters[1] ?? {})['schema'] = { type: 'integer', maximum: 8 }),
  ],
  [
    'default-changed',
    'of a shared parameter',
    ({ components }) =>
      (components.parameters.DryRun['schema'] = { type: 'boolean', default: true }),
  ],
  ['body-required', 'it was not', (_, post) => (post.requestBody.required = true)],
  ['body-type-removed', 'JSON is not taken', (_, post) => (post.requestBody.content = {})],
  [
    'input-type-narrowed',
    'no null',
    (_, post) => (bodyOf(post)['image'] = { type: 'string', default: null }),
  ],
  [
    'input-type-narrowed',
    'a number where a text was',
    (_, post) => (bodyOf(post)['name'] = { type: 'integer' }),
  ],
  [
    'input-type-narrowed',
    'a kind of request is gone',
    ({ components }) => components.schemas.Gpu.oneOf.shift(),
  ],
  [
    'input-value-removed',
    'of an enumeration',
    (_, post) => (bodyOf(post)['network'] = { enum: ['host'] }),
  ],
  [
    'input-value-removed',
    'an enumeration where any text was',
    (_, post) => (bodyOf(post)['env'] = { type: 'object', additionalProperties: { enum: ['a'] } }),
  ],
  [
    'input-bound-tightened',
    'shorter',
    (_, post) => (bodyOf(post)['name'] = { type: 'string', minLength: 1, maxLength: 39 }),
  ],
  [
    'input-bound-tightened',
    'inside of one kind',
    ({ components }) =>
      (at(components.schemas.Gpu as Tree, 'oneOf', '1', 'properties')['count'] = {
        type: 'integer',
        minimum: 2,
      }),
  ],
  [
    'input-pattern-changed',
    'a pattern',
    (_, post) =>
      (bodyOf(post)['name'] = { type: 'string', minLength: 1, maxLength: 40, pattern: 'a' }),
  ],
  ['input-field-removed', 'env', (_, post) => delete bodyOf(post)['env']],
  ['input-field-required', 'gpu', (_, post) => (bodySchemaOf(post)['required'] = ['name', 'gpu'])],
  [
    'input-field-required',
    'a new one',
    (_, post) => {
      bodyOf(post)['project'] = { type: 'string' };
      bodySchemaOf(post)['required'] = ['name', 'project'];
    },
  ],
  [
    'input-closed',
    'names of env',
    (_, post) => (bodyOf(post)['env'] = { type: 'object', additionalProperties: false }),
  ],
  [
    'default-changed',
    'image',
    (_, post) => (bodyOf(post)['image'] = { type: ['string', 'null'], default: 'busybox' }),
  ],
  [
    'status-removed',
    '200 is 202',
    (_, post) => {
      post.responses['202'] = post.responses['200'];
      delete post.responses['200'];
    },
  ],
  [
    'answer-type-removed',
    'no lines',
    (_, post) => delete at(post.responses, '200', 'content')['application/x-ndjson'],
  ],
  [
    'answer-header-removed',
    'Location',
    (_, post) => delete at(post.responses, '200', 'headers')['Location'],
  ],
  ['output-field-removed', 'id', (document) => delete thingOf(document)['id']],
  [
    'output-field-optional',
    'state',
    ({ components }) => (components.schemas.Thing['required'] = ['id', 'size', 'kind', 'at']),
  ],
  [
    'output-type-widened',
    'null',
    (document) => (thingOf(document)['id'] = { type: ['string', 'null'] }),
  ],
  [
    'output-type-widened',
    'any number',
    (document) => (thingOf(document)['size'] = { type: ['number', 'null'] }),
  ],
  ['output-value-changed', 'kind', (document) => (thingOf(document)['kind'] = { const: 'stuff' })],
  [
    'output-format-changed',
    'no moment',
    (document) => (thingOf(document)['at'] = { type: 'string' }),
  ],
  [
    'code-removed',
    'renamed',
    ({ components }) =>
      (components.schemas.Problem404 = { properties: { code: { enum: ['thing.missing'] } } }),
  ],
];

describe('a change that breaks clients', () => {
  test.each(breaking)('%s: %s', (rule, _, edit) => {
    const rules = brokenBy(edit).map((one) => one.rule);
    expect([...new Set(rules)]).toEqual([rule]);
  });

  test('of every rule is tried', () => {
    const tried = new Set(breaking.map(([rule]) => rule));
    expect([...tried].toSorted()).toEqual(Object.keys(breakingRules).toSorted());
  });

  test('says where it is', () => {
    const places = brokenBy((document) => delete thingOf(document)['id']).map(({ where }) => where);
    expect(places).toEqual(['things.make 200', 'things.make 200 line']);
    const [change] = brokenBy((_, post) => (bodyOf(post)['network'] = { enum: ['host'] }));
    expect(change).toEqual({
      rule: 'input-value-removed',
      where: 'things.make body.network',
      message: '"private"',
    });
  });
});

const harmless: readonly (readonly [
  what: string,
  edit: (document: Released, post: Post) => void,
])[] = [
  ['nothing', () => undefined],
  ['a new path', ({ paths }) => (paths['/more'] = { ...paths['/things'] })],
  ['less of a scope', (_, post) => (post.security = [{}, { bearer: ['read'] }])],
  ['open to anybody', (_, post) => (post.security = [])],
  ['a new parameter', (_, post) => post.parameters.push({ name: 'x', in: 'query', schema: {} })],
  [
    'letter case of a header',
    (_, post) => post.parameters.push({ name: 'X', in: 'header', schema: {} }),
  ],
  [
    'a parameter of its own instead of a shared one',
    ({ components }, post) => (post.parameters[0] = { ...components.parameters.DryRun }),
  ],
  ['a new field that may be sent', (_, post) => (bodyOf(post)['project'] = { type: 'string' })],
  ['a field that needn’t be sent any more', (_, post) => (bodySchemaOf(post)['required'] = [])],
  [
    'longer names',
    (_, post) => (bodyOf(post)['name'] = { type: 'string', minLength: 1, maxLength: 99 }),
  ],
  ['any name', (_, post) => (bodyOf(post)['name'] = { type: 'string' })],
  [
    'another value that is taken',
    (_, post) => (bodyOf(post)['network'] = { enum: ['none', 'host', 'private'] }),
  ],
  [
    'another kind of request',
    ({ components }) =>
      components.schemas.Gpu.oneOf.push({
        type: 'object',
        properties: { kind: { const: 'mig' } },
        required: ['kind'],
        additionalProperties: false,
      }),
  ],
  [
    'null written in another way',
    (_, post) => (bodyOf(post)['image'] = { type: ['string', 'null'], default: null }),
  ],
  [
    'another value of a state',
    (document) => (thingOf(document)['state'] = { enum: ['up', 'down', 'lost'] }),
  ],
  ['a further field in an answer', (document) => (thingOf(document)['more'] = { type: 'string' })],
  ['never null any more', (document) => (thingOf(document)['size'] = { type: 'integer' })],
  [
    'a schema in place instead of a reference',
    ({ components }, post) =>
      (at(post.responses, '200', 'content')['application/json'] = {
        schema: components.schemas.Thing,
      }),
  ],
  ['another problem', (_, post) => (post.responses['409'] = { content: {} })],
  ['a problem less', (_, post) => delete post.responses['404']],
  [
    'a further code',
    ({ components }) =>
      (components.schemas.Problem404 = {
        properties: { code: { enum: ['thing.not-found', 'other.not-found'] } },
      }),
  ],
];

test.each(harmless)('%s breaks nobody', (_, edit) => {
  expect(brokenBy(edit)).toEqual([]);
});

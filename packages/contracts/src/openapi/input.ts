import { z } from 'zod';
import type { RouteId } from '../routes/heads.ts';
import type { Route } from '../routes/route.ts';
import { nameOf } from './name-of.ts';
import type { Schemas } from './schemas.ts';
import type { JsonSchema, OpenApiOperation, OpenApiParameter } from './types.ts';

/** How the input of a route is sent. */
export interface OperationInput extends Pick<OpenApiOperation, 'parameters' | 'requestBody'> {
  /** It is a list that can be read in pages. */
  readonly isPaged: boolean;
}

const objectSchema = z.object({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
});

/** Media types of the archive that an upload is, the one that says so first. */
const archiveMediaTypes = ['application/x-tar', 'application/octet-stream'];

/** Path parameters, then the query of GET, DELETE and uploads, or the body of a POST; headers. */
export function inputOf(id: RouteId, route: Route, schemas: Schemas): OperationInput {
  const whole = schemas.of(route.input, 'input');
  const { properties, required } = objectSchema.parse(whole);
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const rest = Object.keys(properties).filter((name) => !inPath.includes(name));
  const inBody = route.method === 'POST' && route.kind !== 'upload';
  const parameters = [
    ...inPath.map((name) => parameter('path', name, properties[name] ?? {}, true)),
    ...(inBody ? [] : rest).map((name) =>
      parameter('query', name, inQuery(properties[name] ?? {}), required.includes(name)),
    ),
    ...headersOf(id, route),
  ];
  const isPaged = 'cursor' in properties;
  if (route.kind === 'upload') {
    const archive = { schema: { type: 'string', format: 'binary' } };
    const content = Object.fromEntries(archiveMediaTypes.map((type) => [type, archive]));
    return { parameters, requestBody: { required: true, content }, isPaged };
  }
  if (!inBody || rest.length === 0) return { parameters, isPaged };
  const needed = required.filter((name) => rest.includes(name));
  const body: JsonSchema = {
    ...whole,
    properties: Object.fromEntries(rest.map((name) => [name, properties[name] ?? {}])),
    required: needed,
  };
  const schema = schemas.named(`${nameOf(id)}Input`, body);
  return {
    parameters,
    requestBody: { required: needed.length > 0, content: { 'application/json': { schema } } },
    isPaged,
  };
}

function parameter(
  place: 'path' | 'query',
  name: string,
  schema: JsonSchema,
  required: boolean,
): OpenApiParameter {
  return { name, in: place, ...(required ? { required } : {}), schema };
}

/** In a query there is no `null`: what isn't said is left out. */
function inQuery(schema: JsonSchema): JsonSchema {
  const { default: preset, anyOf, type, ...rest } = schema;
  const kept = preset === null || preset === undefined ? {} : { default: preset };
  if (Array.isArray(type)) {
    const types: readonly unknown[] = type;
    return { ...kept, ...rest, type: types.find((one) => one !== 'null') };
  }
  if (!Array.isArray(anyOf)) return schema;
  const choices: readonly JsonSchema[] = anyOf.filter(({ type: one }) => one !== 'null');
  const [only] = choices;
  if (choices.length === 1 && only !== undefined) return { ...kept, ...rest, ...only };
  return { ...kept, ...rest, anyOf: choices };
}

/** Streams whose records have ids behind which they go on. */
const resumable: readonly RouteId[] = ['events.follow', 'events.export', 'operations.follow'];

function headersOf(id: RouteId, { kind, mutates, slow, role }: Route) {
  const named = [
    ...(mutates && kind === 'call' ? ['DryRun'] : []),
    ...(mutates && kind !== 'session' ? ['IdempotencyKey'] : []),
    ...(slow && kind === 'call' ? ['Prefer'] : []),
    ...(resumable.includes(id) ? ['LastEventId'] : []),
    ...(id === 'containers.logs' ? ['LastLineId'] : []),
    ...(role === 'public' ? [] : ['ActFor']),
  ];
  return named.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

/** Parameters that many operations take. */
export const sharedParameters: Readonly<Record<string, OpenApiParameter>> = {
  DryRun: {
    name: 'dryRun',
    in: 'query',
    description: 'Says what would be done, and changes nothing.',
    schema: { type: 'boolean', default: false },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'A text of the caller’s own. The same request with the same key is done once: the others wait ' +
      'for it, and get what it was answered.',
    schema: { type: 'string', pattern: '^[!-~](?:[ -~]{0,198}[!-~])?$' },
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description: '`respond-async`: answer 202 with an operation, and go on without the caller.',
    schema: { type: 'string' },
  },
  LastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'With server-sent events: the id of the last one that came, to go on behind it.',
    schema: { type: 'string', pattern: '^[0-9]{1,15}$' },
  },
  LastLineId: {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'With server-sent events: the id of the last line that came, to go on behind it.',
    schema: { type: 'string', pattern: '^[0-9]{10}\\.[0-9]{9}-[0-9]{1,9}$' },
  },
  ActFor: {
    name: 'ds01-user',
    in: 'header',
    description: 'Account that an administrator acts for.',
    schema: { type: 'string' },
  },
};

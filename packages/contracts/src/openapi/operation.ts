import type { z } from 'zod';
import { eventSchema } from '../events.ts';
import { operationLineSchema, operationSchema } from '../http/operation.ts';
import { queueEntrySchema } from '../queue/queue.ts';
import { isStreamId, type RouteId, type StreamId } from '../routes/heads.ts';
import type { Route } from '../routes/route.ts';
import { neededScope } from '../routes/scope.ts';
import {
  progressMediaType,
  sessionProtocol,
  webSocketProtocol,
  webSocketTokenPrefix,
} from '../wire.ts';
import { progressLineSchema } from '../wire-schemas.ts';
import { inputOf } from './input.ts';
import { nameOf } from './name-of.ts';
import { problemsOf } from './problems.ts';
import type { Schemas } from './schemas.ts';
import type { JsonSchema, MediaType, OpenApiOperation, OpenApiResponse } from './types.ts';

/** Media type of server-sent events. */
const eventStreamMediaType = 'text/event-stream';

/** What one record of a stream is: JSON of this schema, or a line of text. */
const records: Readonly<Record<StreamId, z.ZodType | 'text'>> = {
  'containers.logs': 'text',
  'events.follow': eventSchema,
  'events.export': eventSchema,
  'queue.follow': queueEntrySchema,
  'operations.follow': operationLineSchema,
  'daemon.metrics': 'text',
};

/** One route of the table as an operation of the document. */
export function operationOf(id: RouteId, route: Route, schemas: Schemas): OpenApiOperation {
  const { parameters, requestBody, isPaged } = inputOf(id, route, schemas);
  return {
    operationId: id,
    tags: [id.split('.')[0] ?? id],
    summary: `${route.summary.slice(0, 1).toUpperCase()}${route.summary.slice(1)}`,
    ...descriptionOf(route),
    'x-ds01-kind': route.kind,
    'x-ds01-role': route.role,
    security: securityOf(id, route),
    parameters,
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: {
      ...successesOf(id, route, schemas),
      ...problemsOf(id, route, { isPaged }),
    },
  };
}

/** At the socket nothing is shown; over the network a token, where one reaches. */
function securityOf(id: RouteId, route: Route): OpenApiOperation['security'] {
  if (route.role === 'public') return [];
  return route.socketOnly === true ? [{}] : [{}, { bearer: [neededScope(id, route)] }];
}

function descriptionOf({ kind, slow, answersLater, role }: Route): { description?: string } {
  const parts = [
    role === 'admin' ? 'For administrators.' : '',
    kind === 'session'
      ? `Ask for an upgrade (\`Connection: Upgrade\`, \`Upgrade: ${sessionProtocol}\`) and send the ` +
        'body as with any POST; after the answer 101 the connection carries frames in both directions. ' +
        `Or open a WebSocket with GET and the subprotocol \`${webSocketProtocol}\`, a token in ` +
        `\`${webSocketTokenPrefix}…\` beside it: the first text is \`{"input": …}\` with the body, ` +
        'frames are binary messages.'
      : '',
    slow && kind === 'call' && answersLater !== true
      ? `Takes a while: \`Accept: ${progressMediaType}\` has its progress first, a broken connection ` +
        'undoes it; `Prefer: respond-async` goes on without its caller.'
      : '',
    kind === 'upload' ? 'Answered with 202 once the archive is there, and goes on.' : '',
    answersLater === true
      ? `Answered with 202 and goes on without its caller, unless \`Accept: ${progressMediaType}\` ` +
        'asks for its progress on the connection.'
      : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? {} : { description: parts.join(' ') };
}

function successesOf(
  id: RouteId,
  route: Route,
  schemas: Schemas,
): Readonly<Record<string, OpenApiResponse>> {
  if (route.kind === 'session') return { '101': upgraded };
  if (isStreamId(id)) return { '200': streamed(id, schemas) };
  const later = { '202': accepted(schemas.of(operationSchema, 'output')) };
  const progress: Record<string, MediaType> = {
    [progressMediaType]: {
      schema: { type: 'string' },
      'x-ds01-line': schemas.of(progressLineSchema, 'output'),
    },
  };
  if (route.kind === 'upload') return later;
  const output = schemas.named(`${nameOf(id)}Output`, schemas.of(route.output, 'output'));
  const content = { 'application/json': { schema: output }, ...(route.slow ? progress : {}) };
  const done = {
    description: 'Done.',
    ...(route.mutates ? { headers: { ...location, ...replayed } } : {}),
    content,
  };
  const unready = { '503': { description: 'Not ready.', content } };
  return {
    '200': done,
    ...(route.slow ? later : {}),
    ...(id === 'daemon.ready' ? unready : {}),
  };
}

const upgraded: OpenApiResponse = {
  description: 'The connection carries frames from here on.',
  headers: {
    Upgrade: { schema: { type: 'string', const: sessionProtocol } },
    'ds01-tty': {
      description: 'Whether the process has a terminal of its own.',
      schema: { type: 'string', enum: ['true', 'false'] },
    },
  },
};

const location = {
  Location: {
    description: 'Path of the operation, where it is one.',
    schema: { type: 'string' },
  },
};

const replayed = {
  'Idempotency-Replayed': {
    description: 'It was done before, under the same `Idempotency-Key`; this is what was answered.',
    schema: { type: 'string', const: 'true' },
  },
};

function accepted(operation: JsonSchema): OpenApiResponse {
  return {
    description: 'It goes on without its caller; `Location` says where to look.',
    headers: {
      ...location,
      'Preference-Applied': { schema: { type: 'string', const: 'respond-async' } },
      ...replayed,
    },
    content: { 'application/json': { schema: operation } },
  };
}

function streamed(id: StreamId, schemas: Schemas): OpenApiResponse {
  const record = records[id];
  const text = { schema: { type: 'string' } } as const;
  const line = record === 'text' ? {} : { 'x-ds01-line': schemas.of(record, 'output') };
  return {
    description: 'Records as they come, until there are no more or somebody leaves.',
    content: {
      [record === 'text' ? 'text/plain' : progressMediaType]: { ...text, ...line },
      [eventStreamMediaType]: { ...text, ...line },
    },
  };
}

import { routeIds, routes, type RouteHead, type RouteId } from '@ds01/contracts';
import { openApiDocument } from '@ds01/contracts/openapi';
import { code, notice, page, table } from './markdown.ts';

/** The page about every route of the HTTP API. */
export function httpApiPage(): string {
  const { tags } = openApiDocument({ version: '' });
  return page(
    '# HTTP API',
    notice,
    'Every route of the daemon, at its Unix socket and, where the site says so, over TCP. The whole of ' +
      'it with all fields and answers is [openapi.json](openapi.json) (OpenAPI 3.1), which each daemon ' +
      'serves at `/openapi.json`, and to be read at `/api/docs`. How to connect, tokens and examples are ' +
      'in [the guide](../guide/api.md), why it is so is in [ADR 0032](../adr/0032-one-document.md).',
    '## What holds for every route',
    rules.map((rule) => `- ${rule}`).join('\n'),
    ...tags
      .map(({ name, description }) => ({ name, description, ids: idsOf(name) }))
      .filter(({ ids }) => ids.length > 0)
      .flatMap(({ name, description, ids }) => [`## ${name}`, description, routeTable(ids)]),
  );
}

const rules = [
  'Input is the path, then the query (`GET`, `DELETE`) or a JSON object (`POST`, ' +
    '`content-type: application/json`). Unknown fields are refused.',
  'A failure is `application/problem+json` (RFC 9457) with a stable `code`; [errors.md](errors.md) ' +
    'has them all.',
  'Every answer has `x-request-id`, which is also in the log.',
  '`dryRun=true` in the query of a route that changes something says what would be done.',
  'Lists that take `limit` and `cursor` come in pages: give `nextCursor` of one page as `cursor` of ' +
    'the next; it is `null` on the last. What stays the same meanwhile is in exactly one page. A ' +
    'cursor holds good for its own list alone (`request.cursor`).',
  'What takes a while (“slow”) has its progress first with `accept: application/x-ndjson`; with ' +
    '`prefer: respond-async` it is answered 202 and goes on as an operation. “Later” is answered so ' +
    'unless its progress is asked for.',
  'With an `idempotency-key` a change is made once, however often it is asked for.',
  'Streams come as lines, or as server-sent events with `accept: text/event-stream`, which go on ' +
    'behind `last-event-id`.',
  'Sessions are upgrades to `ds01-session/1`, or WebSockets with `ds01.session.v1`.',
  'Within a major version answers may get further fields, and enumerations, codes and types of events ' +
    'further values: clients pass over what they don’t know. Anything else that would break a client ' +
    'waits for the next major version.',
];

function idsOf(tag: string): readonly RouteId[] {
  return routeIds.filter((id) => id.split('.')[0] === tag);
}

function routeTable(ids: readonly RouteId[]): string {
  return table(
    ['request', 'what it does', 'kind', 'id'],
    ids.map((id) => {
      const { method, path, summary } = routes[id];
      return [code(`${method} ${path}`), summary, kindOf(id), code(id)];
    }),
  );
}

function kindOf(id: RouteId): string {
  const { kind, slow, answersLater, mutates }: RouteHead = routes[id];
  const how = answersLater === true || kind === 'upload' ? 'later' : slow ? 'slow' : '';
  return [kind, mutates ? 'changes' : 'reads', how].filter((word) => word !== '').join(', ');
}

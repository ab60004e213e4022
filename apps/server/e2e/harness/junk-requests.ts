import { routeIds, routes } from '@ds01/contracts';
import type { SentRequest } from './callers.ts';

/** A request that is wrong by itself, whoever sends it. */
export interface JunkRequest extends SentRequest {
  readonly what: string;
}

const json = { 'content-type': 'application/json' };
const deployPath = '/api/v1/containers';
const upgrade = { connection: 'upgrade', upgrade: 'ds01-session/1' };

/** Every path of the table with a method that it doesn't have. */
function wrongMethods(): readonly JunkRequest[] {
  const patterns = [...new Set(routeIds.map((id) => routes[id].path))];
  return patterns.flatMap((pattern) => {
    const known = routeIds
      .filter((id) => routes[id].path === pattern)
      .map((id): string => routes[id].method);
    const path = pattern.replaceAll(/\{\w+\}/g, 'x');
    return ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
      .filter((method) => !known.includes(method))
      .map((method) => ({ what: `${method} ${path}`, method, path }));
  });
}

/** Bodies that no POST takes. */
function wrongBodies(): readonly JunkRequest[] {
  return routeIds
    .filter((id) => routes[id].method === 'POST')
    .flatMap((id) => {
      const path = routes[id].path.replaceAll(/\{\w+\}/g, 'x');
      const headers = { ...json, ...(routes[id].kind === 'session' ? upgrade : {}) };
      const plain = { ...headers, 'content-type': 'text/plain' };
      const post = { method: 'POST', path };
      const what = (kind: string): string => `${id}: ${kind}`;
      return [
        { ...post, what: what('malformed JSON'), headers, body: '{"name":' },
        { ...post, what: what('an array'), headers, body: '[]' },
        { ...post, what: what('a wrong content type'), headers: plain, body: '{}' },
        { ...post, what: what('an unknown field'), headers, body: '{"surprise":1,"__proto__":{}}' },
        { ...post, what: what('3 MB'), headers, bodyBytes: 3_000_000 },
      ];
    });
}

const names = [
  '%00',
  '%zz',
  '%2e%2e',
  '..%2f..%2fetc',
  'a%2fb',
  'n'.repeat(10_240),
  '%f0%9f%92%a9',
];

/** Requests that try to be something else than they are. */
export function junkRequests(): readonly JunkRequest[] {
  const list = { method: 'GET', path: deployPath };
  const raw = (what: string, text: string): JunkRequest => ({ what, raw: text });
  return [
    ...wrongMethods(),
    ...wrongBodies(),
    ...names.flatMap((name) => [
      { what: `show ${name.slice(0, 20)}`, method: 'GET', path: `${deployPath}/${name}` },
      {
        what: `exec ${name.slice(0, 20)}`,
        method: 'POST',
        path: `${deployPath}/${name}/exec`,
        headers: { ...json, ...upgrade },
        body: '{"command":["true"],"tty":false,"stdin":false,"size":null}',
      },
      { what: `limits ${name.slice(0, 20)}`, method: 'GET', path: `/api/v1/limits/${name}` },
    ]),
    ...['/', '/api', '/api/v2/containers', `${deployPath}/`, '/api/v1/../v1/nothing', '/%'].map(
      (path) => ({ what: `GET ${path}`, method: 'GET', path }),
    ),
    {
      what: '3 MB in chunks',
      method: 'POST',
      path: deployPath,
      headers: json,
      bodyBytes: 3_000_000,
      chunked: true,
    },
    { ...list, what: 'two DS01-User headers', headers: { 'ds01-user': ['bob', 'alice'] } },
    { ...list, what: 'another DS01-User', headers: { 'ds01-user': 'alice' } },
    { ...list, what: 'an encoded DS01-User', headers: { 'ds01-user': '%61lice' } },
    { ...list, what: 'a broken DS01-User', headers: { 'ds01-user': '%' } },
    { ...list, what: 'a client of the future', headers: { 'ds01-client-version': '99.0.0' } },
    { ...list, what: 'an unknown query', path: `${deployPath}?user=alice` },
    { ...list, what: 'a query that is no flag', path: `${deployPath}?all=perhaps` },
    { ...list, what: 'a session where there is none', headers: upgrade },
    { ...list, what: '20 KB of headers', headers: { 'x-much': 'x'.repeat(20_000) } },
    raw('no HTTP', 'hello\r\n\r\n'),
    raw('no host', 'GET /healthz HTTP/1.1\r\n\r\n'),
    raw('a strange host', 'GET /api/v1/nothing HTTP/1.1\r\nhost: [::\r\nconnection: close\r\n\r\n'),
    raw('another host', 'GET http://[ HTTP/1.1\r\nhost: ds01\r\nconnection: close\r\n\r\n'),
    raw('no path', 'GET // HTTP/1.1\r\nhost: ds01\r\nconnection: close\r\n\r\n'),
    raw(
      'no path to upgrade',
      'POST // HTTP/1.1\r\nhost: ds01\r\nconnection: upgrade\r\nupgrade: ds01-session/1\r\n\r\n',
    ),
    raw(
      'a session without its body',
      `POST ${deployPath}/x/exec HTTP/1.1\r\nhost: ds01\r\nconnection: upgrade\r\n` +
        'upgrade: ds01-session/1\r\ncontent-length: 100\r\n\r\n{"name":',
    ),
    raw(
      'two lengths',
      `POST ${deployPath} HTTP/1.1\r\nhost: ds01\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
    ),
    raw(
      'a length and chunks',
      `POST ${deployPath} HTTP/1.1\r\nhost: ds01\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`,
    ),
  ];
}

import fc from 'fast-check';
import type { HttpRequest } from './http.ts';

interface Mutation {
  readonly name: string;
  readonly apply: (request: HttpRequest, seed: number) => HttpRequest;
}

const body = (
  name: string,
  change: (text: string, seed: number) => string | Uint8Array,
): Mutation => ({
  name,
  apply: (request, seed) => ({
    ...request,
    headers: { 'content-type': 'application/json', ...request.headers },
    body: change(typeof request.body === 'string' ? request.body : '{}', seed),
  }),
});

const header = (name: string, values: readonly string[]): Mutation => ({
  name: `header ${name}`,
  apply: (request, seed) => ({
    ...request,
    headers: { ...request.headers, [name]: values[seed % values.length] ?? '' },
  }),
});

const target = (name: string, change: (text: string, seed: number) => string): Mutation => ({
  name,
  apply: (request, seed) => ({ ...request, target: change(request.target, seed) }),
});

/** Values that are never meant, where a value stands. */
const odd = [
  'null',
  '""',
  '-1',
  '1e308',
  '9007199254740993',
  '[]',
  '{}',
  'true',
  '"\\u0000"',
  '"\\ud800"',
  '"../../etc/passwd"',
  `"${'x'.repeat(5000)}"`,
  '{"__proto__":{"role":"admin"}}',
  '[[[[[[[[1]]]]]]]]',
];

const inTarget = [
  '%00',
  '%2e%2e%2f',
  '%ff',
  '%zz',
  '%',
  "'%20or%201=1",
  'n'.repeat(5000),
  '%F0%9F%92%A9',
];

/** Everything that is done to requests to make them wrong, or strange. */
const mutations: readonly Mutation[] = [
  body('half a body', (text) => text.slice(0, Math.ceil(text.length / 2))),
  body('a field too many', (text) => text.replace('{', '{"surprise":1,')),
  body('another value', (text, seed) => {
    const values = [...text.matchAll(/:(?:"(?:[^"\\]|\\.)*"|-?[\d.e+]+|true|false|null)/g)];
    const value = values[seed % Math.max(1, values.length)];
    if (value === undefined) return odd[seed % odd.length] ?? '';
    const end = value.index + value[0].length;
    return `${text.slice(0, value.index)}:${odd[seed % odd.length] ?? ''}${text.slice(end)}`;
  }),
  body('a field less', (text) => text.replace(/"\w+":(?:"[^"]*"|\w+),?/, '')),
  body('no object', (_, seed) => odd[seed % odd.length] ?? ''),
  body('prototypes', (text) =>
    text.replace('{', '{"__proto__":{"x":1},"constructor":{"prototype":{}},'),
  ),
  body('no text', () => Uint8Array.from([0xff, 0xfe, 0, 0x7b, 0xc0, 0x80])),
  body('deep', () => '{"a":'.repeat(20_000)),
  header('content-type', [
    'text/plain',
    'application/xml',
    'application/json; charset=utf-16',
    ';',
    '',
  ]),
  header('accept', [
    'application/x-ndjson',
    'text/event-stream',
    '*/*',
    'application/vnd.ds01.frames',
    'x',
  ]),
  header('prefer', [
    'respond-async',
    'respond-async, wait=1',
    'wait=-1',
    '',
    '"',
    'x'.repeat(3000),
  ]),
  header('idempotency-key', ['k', '"k"', '', 'x'.repeat(3000), '%00', '../../x', 'a b']),
  header('last-event-id', ['0', '-1', '1e9', 'x', '99999999999999999999', '']),
  header('ds01-client-version', ['99.0.0', '0.0.0', 'x', '']),
  header('ds01-user', ['bob', '%', 'root', '%00', '']),
  header('upgrade', ['ds01-session/1', 'websocket', 'h2c']),
  header('x-forwarded-for', ['10.0.0.1', '::1, 1.1.1.1']),
  {
    name: 'another method',
    apply: (request, seed) => ({
      ...request,
      method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'POST', 'GET'][seed % 7] ?? 'PUT',
    }),
  },
  target('an odd path', (text, seed) =>
    text.replace(/[^/?]+(?=\?|$)/, inTarget[seed % inTarget.length] ?? 'x'),
  ),
  target(
    'an odd query',
    (text, seed) =>
      `${text}${text.includes('?') ? '&' : '?'}limit=${inTarget[seed % inTarget.length] ?? ''}`,
  ),
  target('twice the query', (text) =>
    text.includes('?') ? `${text}&${text.split('?')[1] ?? ''}` : text,
  ),
  target(
    'a query too many',
    (text) => `${text}${text.includes('?') ? '&' : '?'}surprise=1&dryRun=maybe`,
  ),
  target('a slash at the end', (text) => text.replace(/(?=\?|$)/, '/')),
  target('two slashes', (text) => text.replace('/api', '//api')),
];

/** A request with one to three things wrong or strange about it. */
export function mutated(requests: fc.Arbitrary<HttpRequest>): fc.Arbitrary<HttpRequest> {
  const steps = fc.array(fc.tuple(fc.constantFrom(...mutations), fc.nat(1000)), {
    minLength: 1,
    maxLength: 3,
  });
  return fc.tuple(requests, steps).map(([request, chosen]) =>
    chosen.reduce((changed, [{ name, apply }, seed]) => {
      const { mutations: before } = changed;
      return { ...apply(changed, seed), mutations: [...before, name] };
    }, request),
  );
}

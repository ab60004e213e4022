import { routeIds, routes } from '@ds01/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeRequest } from './wire-request.ts';

const keysOf = (path: string): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, key = '']) => key);

/** The parameters as a server reads them from the path; `null` when it is another route's. */
function parametersIn(pattern: string, sent: string): Readonly<Record<string, string>> | null {
  const { pathname } = new URL(sent, 'http://ds01');
  const expression = pattern.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const groups = new RegExp(`^${expression}$`).exec(pathname)?.groups;
  if (groups === undefined) return keysOf(pattern).length === 0 && pathname === pattern ? {} : null;
  return Object.fromEntries(
    Object.entries(groups).map(([key, value]) => [key, decodeURIComponent(value)]),
  );
}

const names = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.constantFrom(
    '.',
    '..',
    '...',
    '',
    '/',
    '../etc',
    'a/b',
    '%2e',
    '%',
    'a?b',
    'a#b',
    'a b',
    '\0',
  ),
);

test.each(routeIds)('any name in %s arrives as it is, or is refused', (id) => {
  const { path, method } = routes[id];
  const keys = keysOf(path);
  fc.assert(
    fc.property(fc.array(names, { minLength: keys.length, maxLength: keys.length }), (values) => {
      const input = Object.fromEntries(keys.map((key, at) => [key, values[at] ?? '']));
      try {
        const sent = encodeRequest(id, input, {});
        expect(sent.method).toBe(method);
        expect(sent.path).toMatch(/^[!-~]+$/);
        expect(parametersIn(path, sent.path)).toEqual(input);
      } catch (error) {
        expect(error).toMatchObject({ code: 'name.invalid' });
        const isOdd = (value: string): boolean => /^\.*$/.test(value) || !value.isWellFormed();
        expect(values.some(isOdd)).toBe(true);
      }
    }),
  );
});

test('a body holds what the path does not, a query what was said', () => {
  const posted = encodeRequest('containers.stop', { name: 'a', force: true }, { dryRun: true });
  expect(posted).toEqual({
    method: 'POST',
    path: '/api/v1/containers/a/stop?dryRun=true',
    body: '{"force":true}',
  });
  const input = { name: 'a', tail: 5, sinceMs: null, follow: undefined };
  expect(encodeRequest('containers.logs', input, {})).toEqual({
    method: 'GET',
    path: '/api/v1/containers/a/logs?tail=5',
    body: null,
  });
});

test('what a query says is understood by the schema of its route', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.option(fc.integer({ min: 0, max: 1e9 })), (follow, tail) => {
      const { path } = encodeRequest('containers.logs', { name: 'a', follow, tail }, {});
      const query = Object.fromEntries(new URL(path, 'http://ds01').searchParams);
      const read = routes['containers.logs'].input.parse({ name: 'a', ...query });
      expect(read).toEqual({ name: 'a', follow, tail, sinceMs: null, timestamps: false });
    }),
  );
});

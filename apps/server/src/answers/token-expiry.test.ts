import { expect, test } from 'vitest';
import { useWorkServers } from '../testing/use-work-servers.ts';
import { post, stop } from '../testing/work-requests.ts';

const serve = useWorkServers();
const soon = '2026-11-29T12:00:00.000Z';

const cases: readonly (readonly [string, string, RequestInit])[] = [
  ['a document', '/api/v1/containers', {}],
  ['a refusal', stop, post()],
  ['a stream', '/api/v1/containers/thesis/logs', {}],
];

test.each(cases)(
  '%s that was asked for with a token that ends soon says when',
  async (_, path, init) => {
    const server = await serve({
      call: async ({ id }) =>
        id === 'containers.stop' ? Promise.reject(new Error('broken')) : { containers: [] },
      stream: async function* () {
        yield { stream: 'stdout', bytes: new TextEncoder().encode('a line\n') };
      },
    });
    const asked = (more: Readonly<Record<string, string>>) =>
      server.send(path, { ...init, headers: { 'content-type': 'application/json', ...more } });
    const [warned, plain] = [await asked({ 'x-expires': soon }), await asked({})];
    const said = [warned, plain].map(({ headers }) => headers.get('ds01-token-expires'));
    expect(said).toEqual([soon, null]);
    expect(warned.headers.get('content-type')).toBe(plain.headers.get('content-type'));
    await Promise.all([warned.text(), plain.text()]);
  },
);

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';
import { openApi } from './open-api.ts';

const dayMs = 86_400_000;
let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** What is said beside the answers to two commands with a token that ends in so many days. */
async function saidWith(days: number): Promise<readonly string[]> {
  const end = new Date(Date.now() + days * dayMs).toISOString();
  server = createServer((_, response) => {
    const headers = { 'content-type': 'application/json', 'ds01-token-expires': end };
    response.writeHead(200, headers).end('{"alive":true}');
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  const environment = readEnvironment(
    { DS01_SERVER: `http://127.0.0.1:${port}`, DS01_TOKEN: `ds01_${'a'.repeat(43)}` },
    { uid: 1000, gid: 1000 },
  );
  const said: string[] = [];
  const silent = () => undefined;
  const { api, close } = await openApi(environment, {
    version: '1.0.0',
    actFor: null,
    dryRun: false,
    logger: { debug: silent, warn: silent, error: silent },
    say: (line) => said.push(line),
  });
  await api.call('daemon.health', {});
  await api.call('daemon.health', {});
  close();
  return said;
}

test('a command with a token that ends within three days says so, in one line', async () => {
  expect(await saidWith(2)).toEqual([
    expect.stringMatching(/^your token ends in (?:2d|1d 23h); .*ds01 token rotate/),
  ]);
});

test('earlier it says nothing', async () => {
  expect(await saidWith(10)).toEqual([]);
});

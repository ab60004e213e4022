import { frameKinds, jsonFrame } from '@ds01/contracts';
import { webSocketProtocol } from '@ds01/contracts/core';
import { describe, expect, test } from 'vitest';
import { endingProblem } from '../sessions.ts';
import { knownOrigin, secretOf } from '../../testing/session-server.ts';
import { useSessionServers } from '../../testing/use-session-servers.ts';
import {
  dial,
  execPath,
  openShell,
  shellOpening,
  stdinFrame,
  tokenProtocol,
} from '../../testing/web-socket-client.ts';

const start = useSessionServers();
const token = secretOf('write');

describe('a session over a WebSocket', () => {
  test('has its input, its frames in order, and its exit code', async () => {
    const server = await start();
    const { client, inside } = await openShell(server);
    expect(client.socket.protocol).toBe(webSocketProtocol);
    expect(client.texts).toEqual([
      { requestId: expect.any(String), version: '1.2.3', tty: true, windowBytes: 262_144 },
    ]);
    expect(server.opened[0]).toMatchObject({ id: 'containers.exec', input: { name: 'thesis' } });
    inside.stdin.on('data', (bytes: Uint8Array) => inside.stdout.write(bytes));
    const size = jsonFrame(frameKinds.resize, { columns: 100, rows: 30 });
    // A run of frames in one message, and a frame in several.
    client.socket.send(Buffer.concat([stdinFrame('one '), size, stdinFrame('two ')]));
    for (const byte of stdinFrame('three')) client.socket.send(Buffer.from([byte]));
    client.socket.send(jsonFrame(frameKinds.signal, 'SIGINT'));
    await client.until(() => client.output() === 'one two three');
    inside.end(3);
    expect(await client.closed).toBe(1000);
    expect(inside.sizes).toEqual([{ columns: 100, rows: 30 }]);
    expect(inside.signals).toEqual(['SIGINT']);
    expect(client.frames.at(-1)).toEqual({ kind: frameKinds.exit, text: '{"exitCode":3}' });
    await server.idle();
    expect(server.said()).toContain('"ok"');
  });

  test('is left alone when its client closes, and when it is gone', async () => {
    const server = await start();
    for (const end of ['close', 'terminate'] as const) {
      const { client, inside } = await openShell(server);
      client.socket[end]();
      await inside.closed;
    }
    await server.idle();
    expect(server.live.count).toBe(0);
  });

  test('what was sent before the close still reaches the process', async () => {
    const { client, inside } = await openShell(await start());
    client.socket.send(stdinFrame('x'.repeat(50_000)));
    client.socket.close();
    let got = 0;
    inside.stdin.on('data', (bytes: Uint8Array) => (got += bytes.length));
    await inside.closed;
    expect(got).toBe(50_000);
  });

  test('ends with the daemon, which says why', async () => {
    const server = await start();
    const { client, inside } = await openShell(server);
    server.live.endAll(endingProblem());
    expect(await client.failure()).toBe('daemon.unreachable');
    await inside.closed;
  });

  test('ends with its token, which is in no log', async () => {
    const server = await start();
    const { client, inside, signal } = await openShell(server);
    await server.revoke();
    expect(await client.closed).toBe(1006);
    await inside.closed;
    expect(signal?.aborted).toBe(true);
    const said = server.said();
    expect(said).toContain('twrite');
    for (const secret of [token, tokenProtocol(token)]) expect(said).not.toContain(secret);
  });

  test('counts as a stream of its person, as long as it is open', async () => {
    const server = await start({ streams: 1 });
    const first = await openShell(server);
    expect(await dial(server, { token }).failure()).toBe('rate.too-many-streams');
    first.client.socket.close();
    await first.client.closed;
    await first.inside.closed;
  });
});

describe('who may open one', () => {
  test.each([
    ['no token', { token: null }, 'token.invalid'],
    ['a wrong one', { token: `ds01_${'B'.repeat(43)}` }, 'token.invalid'],
    ['one that is none', { token: 'x'.repeat(2000) }, 'token.invalid'],
    ['two', { token, headers: { authorization: `Bearer ${token}` } }, 'token.invalid'],
    ['one that may only read', { token: secretOf('read') }, 'token.scope'],
    ['one for metrics', { token: secretOf('metrics') }, 'token.scope'],
    ['one of the scope admin, without TLS', { token: secretOf('admin') }, 'token.needs-tls'],
    [
      'another major version',
      { token, path: `${execPath}?ds01-client-version=9.0.0` },
      'daemon.version',
    ],
  ] as const)('with %s nothing is begun, and the client hears why', async (_, how, code) => {
    const server = await start();
    const client = dial(server, how);
    await client.opened;
    client.say(shellOpening);
    expect(await client.failure()).toBe(code);
    expect(client.socket.protocol).toBe(webSocketProtocol);
    expect(server.opened).toEqual([]);
  });

  test.each([
    ['another page', { origin: 'https://evil.example.org' }],
    ['a page without an origin', { origin: 'null' }],
    ['a page whose name begins like a known one', { origin: `${knownOrigin}.evil.example` }],
    ['a known page without TLS', { origin: 'http://lab.example.org' }],
  ])('%s is refused before the handshake, whatever its token', async (_, how) => {
    const server = await start();
    expect(await dial(server, { token, ...how }).refused).toBe(403);
    // Nor is it told what there is.
    expect(await dial(server, { token, path: '/nothing', ...how }).refused).toBe(403);
    expect(server.opened).toEqual([]);
  });

  test('the address’s own pages and known ones open sessions, as do programs', async () => {
    const server = await start();
    for (const origin of [undefined, knownOrigin, `http://127.0.0.1:${server.port}`]) {
      const next = server.next();
      const client = dial(server, { token, ...(origin === undefined ? {} : { origin }) });
      await client.opened;
      client.say(shellOpening);
      (await next).inside.end(0);
      expect(await client.closed).toBe(1000);
    }
  });

  test.each([
    ['no session', { path: '/api/v1/containers' }, 404],
    ['another subprotocol', { protocols: ['chat', tokenProtocol(token)] }, 400],
    ['the token alone', { protocols: [tokenProtocol(token)] }, 400],
    ['a dry run', { path: `${execPath}?dryRun=true` }, 400],
    ['a body', { headers: { 'content-length': '5' } }, 400],
  ])('a handshake with %s is answered like any request', async (_, how, status) => {
    const server = await start();
    expect(await dial(server, { token, ...how }).refused).toBe(status);
  });

  test('a flood is refused before anything is heard', async () => {
    const server = await start({ requestsPerSecond: 1 });
    const codes = new Set<unknown>();
    for (let count = 0; count < 8; count += 1) codes.add(await dial(server).failure());
    expect([...codes]).toEqual(['token.invalid', 'rate.limited']);
  });
});

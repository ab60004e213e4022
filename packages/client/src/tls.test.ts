import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { frameHeader, frameKinds, jsonFrame, sessionProtocol } from '@ds01/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, type Client } from './client.ts';
import { token } from './testing/doors.ts';

const folder = mkdtempSync(join(tmpdir(), 'ds01-client-tls-'));
const paths = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
let server: Server;
let port = 0;
const clients: Client[] = [];

/** A certificate for 127.0.0.1 alone, signed by itself. */
function makeCertificate(): void {
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const names = ['-subj', '/CN=ds01', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', paths.key, '-out', paths.certificate, '-noenc', '-days', '1'];
  execFileSync('openssl', [...words, ...names, ...files], { stdio: 'pipe' });
}

beforeAll(async () => {
  makeCertificate();
  const [cert, key] = [readFileSync(paths.certificate), readFileSync(paths.key)];
  server = createServer({ cert, key }, (request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ alive: request.headers.authorization === `Bearer ${token}` }));
  });
  server.on('upgrade', (request, socket) => {
    const line = `${request.url ?? ''} ${request.headers.authorization ?? ''}`;
    socket.write(
      `HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: ${sessionProtocol}\r\n\r\n`,
    );
    socket.write(frameHeader(frameKinds.stdout, line.length));
    socket.write(line);
    socket.end(jsonFrame(frameKinds.exit, { exitCode: 3 }));
  });
  server.listen(0);
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  for (const client of clients) client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function clientOf(host: string, ca?: string): Client {
  const client = createClient({ url: `https://${host}:${String(port)}`, token, ca });
  clients.push(client);
  return client;
}

test('a daemon whose certificate is known is spoken to, calls and sessions', async () => {
  const client = clientOf('127.0.0.1', readFileSync(paths.certificate, 'utf8'));
  expect(await client.call('daemon.health', {})).toEqual({ alive: true });
  const how = { command: ['true'], tty: false, stdin: false, size: null };
  const session = await client.session('containers.exec', { name: 'thesis', ...how });
  expect(await text(session.stdout)).toBe(`/api/v1/containers/thesis/exec Bearer ${token}`);
  expect(await session.exited).toBe(3);
});

test('one that nobody vouches for, or that is another’s, is refused at once', async () => {
  await expect(clientOf('127.0.0.1').call('daemon.health', {})).rejects.toMatchObject({
    code: 'daemon.unreachable',
    message: expect.stringContaining('not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)'),
    hint: expect.stringContaining('DS01_SERVER_CA'),
    retryable: false,
  });
  const another = clientOf('localhost', readFileSync(paths.certificate, 'utf8'));
  await expect(another.call('daemon.health', {})).rejects.toMatchObject({
    message: expect.stringContaining('not trusted (ERR_TLS_CERT_ALTNAME_INVALID)'),
    hint: expect.stringContaining('the name of the server'),
  });
});

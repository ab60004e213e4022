import { inspect } from 'node:util';
import { imageReferenceSchema } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDockerEngine, type DockerEngine } from './docker-engine.ts';
import { partsOf } from './registry-auth.ts';
import { refuse, startFakeDocker, type FakeDocker } from './testing/fake-docker.ts';

const reference = imageReferenceSchema.parse('registry.example:5000/team/image:1');
const path = '/images/registry.example:5000/team/image/push';
const auth = { username: 'alice', password: 'canary ÿ?>' };
const digest = `sha256:${'d'.repeat(64)}`;

let docker: FakeDocker;
let engine: DockerEngine;
beforeEach(async () => {
  docker = await startFakeDocker();
  engine = createDockerEngine({ socketPath: docker.socketPath });
});
afterEach(async () => {
  engine.close();
  await docker.close();
});

function say(...lines: readonly unknown[]): void {
  docker.on(`POST ${path}`, (response) =>
    response.end(lines.map((line) => JSON.stringify(line)).join('\r\n')),
  );
}

describe('pushing', () => {
  test('gives the digest, wherever the engine tells it', async () => {
    say({ status: 'Pushing', id: 'l1' }, { aux: { Tag: '1', Digest: digest, Size: 5 } });
    expect(await engine.pushImage(reference, {})).toBe(digest);
    say({ status: `1: digest: ${digest} size: 528` });
    expect(await engine.pushImage(reference, {})).toBe(digest);
    expect(docker.targets.at(-1)).toBe(`/v1.41${path}?tag=1`);
    say({ status: 'Pushed', id: 'l1' });
    await expect(engine.pushImage(reference, {})).rejects.toMatchObject({
      code: 'image.push-failed',
    });
  });

  test.each([
    ['unauthorized: authentication required', 'registry.denied'],
    ['denied: requested access to the resource is denied', 'registry.denied'],
    ['An image does not exist locally with the tag: x', 'image.not-found'],
    ['blob upload unknown', 'image.push-failed'],
    ['write /x: no space left on device', 'engine.storage-full'],
  ])('%j is %s', async (message, code) => {
    say({ status: 'Preparing', id: 'l1' }, { errorDetail: { message }, error: message });
    await expect(engine.pushImage(reference, {})).rejects.toMatchObject({ code });
    docker.on(`POST ${path}`, refuse(500, message));
    await expect(engine.pushImage(reference, {})).rejects.toMatchObject({ code });
  });
});

test.each([
  ['registry.example:5000/team/image:1', 'curl -I https://registry.example:5000/v2/'],
  ['team/image:1', 'curl -I https://registry-1.docker.io/v2/'],
])('a pull of %s that fails says how to look at its registry', async (text, hint) => {
  const message = 'Get "https://x/v2/": dial tcp: lookup x: no such host';
  docker.on('POST /images/create', refuse(500, message));
  const pulling = engine.pullImage(imageReferenceSchema.parse(text), {});
  await expect(pulling).rejects.toMatchObject({ code: 'image.pull-failed', hint });
});

test('a digest is asked of its registry with the credentials first, whatever the engine has', async () => {
  const byDigest = imageReferenceSchema.parse(`registry.example:5000/team/image@${digest}`);
  const asked = `/distribution/registry.example:5000/team/image@${digest}/json`;
  docker.on('POST /images/create', (response) => response.end(JSON.stringify({ status: 'ok' })));
  docker.on(`GET ${asked}`, refuse(401, 'unauthorized: authentication required'));
  await expect(engine.pullImage(byDigest, { auth })).rejects.toMatchObject({
    code: 'registry.denied',
  });
  expect(docker.targets.join()).not.toContain('/images/create');
  const headers: string[] = [];
  docker.on(`GET ${asked}`, (response, request) => {
    headers.push(String(request.headers['x-registry-auth']));
    response.end('{}');
  });
  await engine.pullImage(byDigest, { auth });
  expect(Buffer.from(headers.join(), 'base64url').toString()).toContain(auth.username);
  expect(docker.targets.at(-1)).toContain('/images/create');
});

describe('credentials', () => {
  test('are one header, for the registry of the image; anonymous is an empty object', async () => {
    const headers: string[] = [];
    docker.on(`POST ${path}`, (response, request) => {
      headers.push(String(request.headers['x-registry-auth']));
      response.end(JSON.stringify({ aux: { Digest: digest } }));
    });
    await engine.pushImage(reference, { auth });
    await engine.pushImage(reference, { auth: { identityToken: 'token' } });
    await engine.pushImage(reference, {});
    expect(headers.join('')).toMatch(/^[\w=-]+$/);
    expect(headers.map((header) => Buffer.from(header, 'base64url').toString())).toEqual([
      JSON.stringify({ ...auth, serveraddress: 'registry.example:5000' }),
      JSON.stringify({ identitytoken: 'token', serveraddress: 'registry.example:5000' }),
      '{}',
    ]);
  });

  test('are in no error, however the transfer fails', async () => {
    const failures: unknown[] = [];
    const attempt = async () =>
      engine.pushImage(reference, { auth }).catch((error: unknown) => failures.push(error));
    docker.on(`POST ${path}`, refuse(500, 'unauthorized: authentication required'));
    await attempt();
    docker.on(`POST ${path}`, () => docker.dropConnections());
    await attempt();
    docker.on(`POST ${path}`, (response) => response.end('no JSON'));
    await attempt();
    const basic = Buffer.from(`alice:${auth.password}`).toString('base64');
    const token = Buffer.from(auth.password).toString('base64url');
    const echo = `denied: got Basic ${basic}, ${auth.password}, ${token}, p=${encodeURIComponent(auth.password)}`;
    docker.on(`POST ${path}`, refuse(500, echo));
    await attempt();
    say({ errorDetail: { message: echo }, error: echo });
    await attempt();
    expect(failures).toHaveLength(5);
    expect(failures[4]).toMatchObject({
      code: 'registry.denied',
      message: expect.stringContaining('denied: got Basic ***, ***, ***, p=***'),
    });
    const encoded = Buffer.from(JSON.stringify(auth)).toString('base64').slice(0, 20);
    for (const failure of failures) {
      const text = inspect(failure, { depth: 10, showHidden: true });
      expect(text).not.toContain('canary');
      expect(text).not.toContain(encoded);
      expect(text).not.toContain(basic);
      expect(text).not.toContain(token);
    }
  });
});

test.each([
  ['busybox', 'docker.io', 'busybox', 'latest'],
  ['team/image:2', 'docker.io', 'team/image', '2'],
  ['localhost/image', 'localhost', 'localhost/image', 'latest'],
  ['localhost:5000/a/b', 'localhost:5000', 'localhost:5000/a/b', 'latest'],
  [`r.example/a:1@${digest}`, 'r.example', 'r.example/a', digest],
])('%s lives at %s', (text, registry, repository, version) => {
  expect(partsOf(text)).toEqual({ registry, repository, version });
});

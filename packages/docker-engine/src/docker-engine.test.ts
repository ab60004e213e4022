import { once } from 'node:events';
import { link, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerIdSchema, type ErrorCode } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDockerEngine, type DockerEngine } from './docker-engine.ts';
import { json, refuse, startFakeDocker, type FakeDocker } from './testing/fake-docker.ts';

const id = containerIdSchema.parse('a'.repeat(64));
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

/** From here on no answer is waited for long; the version is known by then. */
async function losePatience(): Promise<void> {
  engine.close();
  engine = createDockerEngine({ socketPath: docker.socketPath, timeoutMs: 500 });
  docker.on('GET /containers/json', json([]));
  await engine.listContainers();
}

describe('reaching the engine', () => {
  test('a missing socket and one that nobody listens on are unreachable, with what to do', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ds01-no-docker-'));
    const server = createServer().listen(join(folder, 'live.sock'));
    await once(server, 'listening');
    await link(join(folder, 'live.sock'), join(folder, 'stale.sock'));
    server.close();
    await once(server, 'close');
    for (const [name, reason] of [
      ['none.sock', 'ENOENT'],
      ['stale.sock', 'ECONNREFUSED'],
    ] as const) {
      const socketPath = join(folder, name);
      await expect(createDockerEngine({ socketPath }).listContainers()).rejects.toMatchObject({
        code: 'engine.unreachable',
        message: expect.stringContaining(reason),
        hint: 'ds01 doctor',
        details: { socketPath },
      });
    }
    await rm(folder, { recursive: true });
  });

  test('only a unix socket is an engine', () => {
    for (const dockerHost of ['tcp://127.0.0.1:2375', 'ssh://host', 'unix://', '']) {
      expect(() => createDockerEngine({ dockerHost })).toThrow(
        expect.objectContaining({ code: 'usage.invalid' }),
      );
    }
  });

  test('the version is asked once, and again after it could not be had', async () => {
    docker.on('GET /containers/json', json([]));
    await Promise.all([engine.listContainers(), engine.listContainers()]);
    await engine.listContainers();
    expect(docker.requests.filter((request) => request === 'GET /version')).toHaveLength(1);
    expect(docker.targets.at(-1)).toBe('/v1.41/containers/json?all=1');
    const other = createDockerEngine({ socketPath: docker.socketPath });
    docker.on('GET /version', refuse(500, 'starting'));
    await expect(other.listContainers()).rejects.toMatchObject({ code: 'engine.error' });
    docker.on('GET /version', json({ Version: '99.0', ApiVersion: '9.99', MinAPIVersion: '1.44' }));
    await other.listContainers();
    expect(docker.targets.at(-1)).toBe('/v1.51/containers/json?all=1');
  });

  test.each([
    ['1.40', '1.12'],
    ['2.0', '1.99'],
  ])('an engine of API %s (oldest %s) is refused', async (ApiVersion, MinAPIVersion) => {
    docker.on('GET /version', json({ Version: '1', ApiVersion, MinAPIVersion }));
    await expect(engine.info()).rejects.toMatchObject({ code: 'engine.error' });
  });

  test('a question that is never answered is unreachable, a command may still take effect', async () => {
    await losePatience();
    docker.on('GET /containers/json', () => undefined);
    docker.on(`POST /containers/${id}/pause`, () => undefined);
    await expect(engine.listContainers()).rejects.toMatchObject({ code: 'engine.unreachable' });
    await expect(engine.pauseContainer(id)).rejects.toMatchObject({ code: 'operation.timed-out' });
  });

  test('an answer that stops in the middle is bounded too', async () => {
    await losePatience();
    docker.on('GET /containers/json', (response) => {
      response.writeHead(200);
      response.write('[');
    });
    await expect(engine.listContainers()).rejects.toMatchObject({ code: 'engine.unreachable' });
  });

  test('a connection that breaks off is unreachable', async () => {
    docker.on('GET /containers/json', (response) => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('[', () => docker.dropConnections());
    });
    await expect(engine.listContainers()).rejects.toMatchObject({ code: 'engine.unreachable' });
  });

  test('aborting a request interrupts it', async () => {
    const interruption = new AbortController();
    docker.on('GET /containers/json', () => interruption.abort());
    await expect(engine.listContainers(interruption)).rejects.toMatchObject({
      code: 'operation.interrupted',
    });
  });

  test('aborting while the version is asked leaves the version to others', async () => {
    const interruption = new AbortController();
    docker.on('GET /containers/json', json([]));
    docker.on('GET /version', (response, request) => {
      interruption.abort();
      json({ Version: '20.10.24', ApiVersion: '1.41' })(response, request);
    });
    const [first, second] = await Promise.allSettled([
      engine.listContainers(interruption),
      engine.listContainers(),
    ]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
  });
});

describe("the engine's refusals", () => {
  const hookMessage = (stderr: string): string =>
    `failed to create shim task: OCI runtime create failed: error running hook #0: error running hook: exit status 1, stdout: , stderr: ${stderr}: unknown`;

  const table: readonly (readonly [number, string, ErrorCode])[] = [
    [404, 'No such container: x', 'container.not-found'],
    [404, 'No such image: x:latest', 'image.not-found'],
    [409, 'Container x is paused', 'engine.conflict'],
    [500, 'cannot start a paused container, try unpause instead', 'engine.conflict'],
    [500, 'write /var/lib/docker/x: no space left on device', 'engine.storage-full'],
    [500, 'could not select device driver "nvidia" with capabilities: [[gpu]]', 'gate.missing'],
    [500, hookMessage('ds01: the lease ran out\n'), 'gate.refused'],
    [500, hookMessage('warning\nds01: the lease ran out'), 'gate.refused'],
    [500, hookMessage('something ds01: in the middle'), 'engine.error'],
    [500, 'exec: "ds01: fake": executable file not found in $PATH', 'engine.error'],
    [418, 'I am a teapot', 'engine.error'],
  ];
  test.each(table)('%i %j is %s', async (status, message, code) => {
    docker.on(`POST /containers/${id}/start`, refuse(status, message));
    const failure = await engine.startContainer(id).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, details: { status, engineMessage: message } });
  });

  test("the gate's sentence is the message, without what surrounds it", async () => {
    for (const stderr of ['ds01: the lease ran out\n', 'warning\nds01: the lease ran out']) {
      docker.on(`POST /containers/${id}/start`, refuse(500, hookMessage(stderr)));
      await expect(engine.startContainer(id)).rejects.toHaveProperty(
        'message',
        'the lease ran out',
      );
    }
  });

  test('an error page instead of JSON is quoted', async () => {
    docker.on('GET /info', (response) => response.writeHead(502).end('<h1>bad gateway</h1>'));
    await expect(engine.info()).rejects.toMatchObject({
      code: 'engine.error',
      message: '<h1>bad gateway</h1>',
    });
  });

  test('what is not JSON or not the promised shape is an error that names the place', async () => {
    docker.on('GET /containers/json', (response) => response.end('[{]'));
    await expect(engine.listContainers()).rejects.toMatchObject({ code: 'engine.error' });
    docker.on('GET /containers/json', json([{ Id: 'short', Created: 1 }]));
    await expect(engine.listContainers()).rejects.toThrow('0.Id');
  });

  test('starting and stopping accept that nothing was to do', async () => {
    docker.on(`POST /containers/${id}/start`, (response) => response.writeHead(304).end());
    docker.on(`POST /containers/${id}/stop`, (response) => response.writeHead(304).end());
    await engine.startContainer(id);
    await engine.stopContainer(id, { timeoutSeconds: 1 });
    expect(docker.targets.at(-1)).toBe(`/v1.41/containers/${id}/stop?t=1`);
  });

  test.each([
    `task ${id}: already exists`,
    'id already in use',
    `failed to start shim: mkdir /run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/${id}: file exists: unknown`,
  ])('a start that an earlier, lost run is in the way of says so: %s', async (message) => {
    docker.on(`POST /containers/${id}/start`, refuse(500, message));
    await expect(engine.startContainer(id)).rejects.toMatchObject({
      code: 'engine.conflict',
      details: { leftBehind: true },
    });
  });

  test('a removal that is under way already is waited for', async () => {
    docker.on(
      `DELETE /containers/${id}`,
      refuse(409, `removal of container ${id} is already in progress`),
    );
    docker.on(`POST /containers/${id}/wait`, json({ StatusCode: 0 }));
    await engine.removeContainer(id, { force: true });
    expect(docker.targets.at(-1)).toContain('condition=removed');
  });
});

describe('what engines leave out or add', () => {
  test('a listing row needs only an id', async () => {
    const bare = { Id: id, Names: null, Labels: null, Created: 5, State: 'stopping', New: {} };
    docker.on('GET /containers/json', json([bare, { ...bare, Names: ['/x/alias', '/own'] }]));
    const [first, second] = await engine.listContainers();
    expect(first).toEqual({
      id,
      dockerName: '',
      image: '',
      state: 'running',
      labels: {},
      createdAtMs: 5000,
    });
    expect(second?.dockerName).toBe('own');
  });

  test("an image's configuration is asked for once", async () => {
    docker.on('GET /images/json', json([{ Id: 'sha256:1', RepoTags: ['a:1', '<none>:<none>'] }]));
    docker.on(
      'GET /images/sha256:1/json',
      json({
        Id: 'sha256:1',
        RepoTags: null,
        Size: 7,
        Created: '2026-01-01T00:00:00Z',
        Config: null,
      }),
    );
    expect(await engine.listImages()).toEqual(await engine.listImages());
    expect(docker.requests.filter((request) => request.includes('sha256'))).toHaveLength(1);
    expect(await engine.listImages()).toMatchObject([{ tags: ['a:1'], sizeBytes: 7, command: [] }]);
  });
});

test('no process makes the list of processes longer than a line', async () => {
  docker.on(`GET /containers/${id}/top`, json({ Titles: [], Processes: [] }));
  await engine.processes(id);
  const target = new URL(docker.targets.at(-1) ?? '', 'http://docker');
  expect(target.searchParams.get('ps_args')).toMatch(/^--columns 4096 /);
});

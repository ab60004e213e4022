import { buffer, text } from 'node:stream/consumers';
import { containerIdSchema, imageReferenceSchema } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDockerEngine, type DockerEngine } from './docker-engine.ts';
import { json, refuse, startFakeDocker, type FakeDocker } from './testing/fake-docker.ts';

const id = containerIdSchema.parse('a'.repeat(64));
const reference = imageReferenceSchema.parse('registry.example/team/image:1');
const shell = {
  command: ['sh'],
  user: '',
  workingDirectory: null,
  env: [],
  tty: false,
  stdin: true,
};

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

function frame(stream: 1 | 2, payload: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(payload), 4);
  return Buffer.concat([header, Buffer.from(payload)]);
}

describe('streams', () => {
  const lines = (...values: readonly unknown[]) => values.map((value) => JSON.stringify(value));

  test('a pull fails although the answer is 200', async () => {
    const say = (...values: readonly unknown[]): void =>
      docker.on('POST /images/create', (response) => response.end(lines(...values).join('\r\n')));
    say({ status: 'Pulling', id: 'l1' }, { errorDetail: { message: 'manifest unknown' } });
    await expect(engine.pullImage(reference, {})).rejects.toMatchObject({
      code: 'image.not-found',
    });
    say({ error: 'toomanyrequests: come back later' });
    await expect(engine.pullImage(reference, {})).rejects.toMatchObject({
      code: 'image.pull-failed',
    });
    say({ error: 'unauthorized: authentication required' });
    await expect(engine.pullImage(reference, {})).rejects.toMatchObject({
      code: 'registry.denied',
    });
    say({ errorDetail: { message: 'write /x: no space left on device' } });
    await expect(engine.pullImage(reference, {})).rejects.toMatchObject({
      code: 'engine.storage-full',
    });
    docker.on('POST /images/create', refuse(404, 'pull access denied for x'));
    await expect(engine.pullImage(reference, {})).rejects.toMatchObject({
      code: 'image.not-found',
    });
  });

  test('a pull tells its progress', async () => {
    const line = { id: 'l1', status: 'Downloading', progressDetail: { current: 5, total: 9 } };
    docker.on('POST /images/create', (response) => response.end(lines(line, {}).join('\n')));
    const progress: unknown[] = [];
    await engine.pullImage(reference, { onProgress: (step) => progress.push(step) });
    expect(progress).toEqual([
      { layer: 'l1', status: 'Downloading', currentBytes: 5, totalBytes: 9 },
    ]);
    expect(docker.targets.at(-1)).toContain('fromImage=registry.example%2Fteam%2Fimage&tag=1');
  });

  test('a pull can be aborted', async () => {
    const interruption = new AbortController();
    docker.on('POST /images/create', (response) => response.write('{"status":"Pulling"}\n'));
    const pull = engine.pullImage(reference, {
      signal: interruption.signal,
      onProgress: () => interruption.abort(),
    });
    await expect(pull).rejects.toMatchObject({ code: 'operation.interrupted' });
  });

  test('events survive pieces of any size and end as unreachable', async () => {
    const event = {
      Type: 'container',
      Action: 'die',
      Actor: { ID: id, Attributes: { name: 'ü' } },
    };
    docker.on('GET /events', (response) => {
      const bytes = Buffer.from(`${JSON.stringify({ ...event, timeNano: 1_500_000_000 })}\n`);
      for (const byte of bytes) response.write(Buffer.from([byte]));
      response.end(JSON.stringify({ ...event, Type: 'plugin', time: 2 }));
    });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const item of engine.events({ sinceMs: 1500 })) seen.push(item);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'engine.unreachable' });
    const common = { action: 'die', id, attributes: { name: 'ü' } };
    expect(seen).toEqual([
      { ...common, type: 'container', atMs: 1500 },
      { ...common, type: 'other', atMs: 2000 },
    ]);
    expect(docker.targets.at(-1)).toBe('/v1.41/events?since=1.5');
  });

  test('leaving a stream of events early closes its connection', async () => {
    const closed = Promise.withResolvers<void>();
    docker.on('GET /events', (response) => {
      response.on('close', () => closed.resolve());
      response.write(`${JSON.stringify({ Type: 'image', Action: 'pull', Actor: {} })}\n`);
    });
    for await (const event of engine.events({ sinceMs: null })) {
      expect(event.action).toBe('pull');
      break;
    }
    await closed.promise;
  });

  test('an exec: frames of any cut, input until it is closed, exit code when it is known', async () => {
    docker.on(`POST /containers/${id}/exec`, json({ Id: 'e1' }, 201));
    let asked = 0;
    docker.on('GET /exec/e1/json', (response, request) => {
      asked += 1;
      json(
        asked < 3
          ? { Running: true, ExitCode: null, ContainerID: id }
          : { Running: false, ExitCode: 5, ContainerID: id },
      )(response, request);
    });
    docker.onUpgrade('POST /exec/e1/start', (socket) => {
      void buffer(socket).then((input) => {
        const output = Buffer.concat([frame(1, String(input)), frame(2, 'problem'), frame(1, '')]);
        for (const byte of output) socket.write(Buffer.from([byte]));
        socket.end();
      });
    });
    const session = await engine.exec(id, shell);
    session.stdin?.write('some ');
    session.stdin?.end('input');
    expect(await Promise.all([text(session.stdout), text(session.stderr)])).toEqual([
      'some input',
      'problem',
    ]);
    expect([await session.exited, asked]).toEqual([5, 3]);
  });

  test('the last output of a process that ended is taken from the engine before anybody reads it', async () => {
    docker.on(`POST /containers/${id}/exec`, json({ Id: 'e1' }, 201));
    docker.on('GET /exec/e1/json', json({ Running: false, ExitCode: 0, Pid: 0, ContainerID: id }));
    const printed = 'x'.repeat(1_500_000);
    const taken = Promise.withResolvers<void>();
    docker.onUpgrade('POST /exec/e1/start', (socket) => {
      socket.end(frame(1, printed), () => taken.resolve());
    });
    const session = await engine.exec(id, shell);
    await taken.promise;
    session.stderr.resume();
    expect(await text(session.stdout)).toHaveLength(printed.length);
    expect(await session.exited).toBe(0);
  });

  test('an exec whose connection is not taken over is refused in the words of the engine', async () => {
    docker.on(`POST /containers/${id}/exec`, json({ Id: 'e2' }, 201));
    await expect(engine.exec(id, shell)).rejects.toMatchObject({
      code: 'engine.conflict',
      message: 'container not running.',
    });
  });

  test('output that is not multiplexed as announced fails instead of being misread', async () => {
    docker.on(`GET /containers/${id}/json`, json({ Config: { Tty: false } }));
    docker.on(`GET /containers/${id}/logs`, (response) => response.end('plain text of a terminal'));
    const options = { follow: false, tail: null, sinceMs: null, timestamps: false };
    const first = engine.logs(id, options)[Symbol.asyncIterator]().next();
    await expect(first).rejects.toMatchObject({ code: 'engine.error' });
  });
});

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ds01Error, problemSchema, type BuildEvent } from '@ds01/contracts';
import { operationSchema } from '@ds01/contracts/service';
import type { EngineSession } from '@ds01/ports';
import { afterEach, expect, test } from 'vitest';
import { pathOf, startWorkServer, type WorkServer } from '../testing/work-server.ts';
import { createUploads } from './uploads.ts';

const servers: WorkServer[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A tar archive (ustar) of plain files. */
function tarOf(files: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(files).flatMap(([name, text]) => {
    const header = Buffer.alloc(512);
    const size = Buffer.byteLength(text);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write('0000000\0'.repeat(2), 108);
    header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        0', 148);
    header.write('ustar\0' + '00', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, Buffer.from(text), Buffer.alloc((512 - (size % 512)) % 512)];
  });
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}

const image = {
  name: 'thesis',
  build: 'b1',
  tags: ['ds01-alice/thesis:latest'],
  id: 'sha256:1',
  sizeBytes: 1,
  steps: 1,
  cachedSteps: 0,
  durationMs: 1,
};

/** A build that takes its context and tells of it. */
function buildOf(
  events: readonly BuildEvent[],
  received: Buffer[],
  failure?: Error,
): EngineSession {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  stderr.end();
  const exited = buffer(stdin).then((bytes) => {
    received.push(bytes);
    for (const event of events) stdout.write(`${JSON.stringify(event)}\n`);
    stdout.end();
    if (failure !== undefined) throw failure;
    return 0;
  });
  exited.catch(() => undefined);
  const nothing = async () => undefined;
  const rest = { tty: false, resize: nothing, signal: nothing, close: () => undefined };
  return { stdin, stdout, stderr, exited, ...rest };
}

const context = tarOf({ 'app/main.py': 'print(1)', Dockerfile: 'FROM debian:12\n' });
const done: BuildEvent[] = [
  { event: 'step', step: 1, steps: 1, instruction: 'FROM debian:12', elapsedMs: 1 },
  { event: 'output', text: 'one\ntwo\n' },
  { event: 'done', image },
];

async function serve(events: readonly BuildEvent[] = done, failure?: Error) {
  const received: Buffer[] = [];
  const asked: unknown[] = [];
  const server = await startWorkServer({
    session: async ({ input }) => {
      asked.push(input);
      return buildOf(events, received, failure);
    },
  });
  servers.push(server);
  const upload = (body: Buffer, more: { readonly query?: string; readonly key?: string } = {}) =>
    server.send(`${pathOf('images.upload', { name: 'thesis' })}${more.query ?? ''}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-tar',
        ...(more.key === undefined ? {} : { 'idempotency-key': more.key }),
      },
      body: new Uint8Array(body),
    });
  const endOf = async (id: string) => {
    await (await server.send(pathOf('operations.follow', { id }))).text();
    const response = await server.send(pathOf('operations.show', { id }));
    return operationSchema.parse(await response.json());
  };
  return { server, upload, endOf, received, asked };
}

const problemOf = async (response: Response) => problemSchema.parse(await response.json());

test('an archive is built with the Dockerfile that is in it', async () => {
  const { upload, endOf, received, asked } = await serve();
  const response = await upload(context, { query: '?tag=v1&noCache=true' });
  expect(response.status).toBe(202);
  const { id } = operationSchema.parse(await response.json());
  expect(await endOf(id)).toMatchObject({
    route: 'images.upload',
    object: 'thesis',
    state: 'succeeded',
    result: image,
    lines: 3,
    progress: 'two',
  });
  expect(received).toEqual([context]);
  expect(asked).toMatchObject([
    { name: 'thesis', dockerfile: 'FROM debian:12\n', tag: 'v1', noCache: true },
  ]);
});

test('another Dockerfile can be named', async () => {
  const { upload, asked } = await serve();
  const archive = tarOf({ Dockerfile: 'FROM a\n', 'gpu/Dockerfile.cuda': 'FROM b\n' });
  expect((await upload(archive, { query: '?dockerfile=gpu/Dockerfile.cuda' })).status).toBe(202);
  expect(asked).toMatchObject([{ dockerfile: 'FROM b\n', dockerfilePath: 'gpu/Dockerfile.cuda' }]);
});

test.each([
  ['without its Dockerfile', tarOf({ 'main.py': '' }), 'dockerfile.not-found'],
  ['that is none', Buffer.alloc(600, 'x'), 'build.context-invalid'],
  ['that is cut off', context.subarray(0, 700), 'build.context-invalid'],
  ['that leads out', tarOf({ '../x': '', Dockerfile: 'FROM a\n' }), 'build.context-invalid'],
  ['whose Dockerfile is empty', tarOf({ Dockerfile: '' }), 'dockerfile.invalid'],
  ['larger than the site allows', Buffer.alloc(1_000_001), 'build.context-too-large'],
])('an archive %s begins nothing', async (_, archive, code) => {
  const { upload, server, asked } = await serve();
  expect((await problemOf(await upload(archive))).code).toBe(code);
  const list = await server.send(pathOf('operations.list'));
  expect(await list.json()).toEqual({ operations: [], nextCursor: null });
  expect(asked).toEqual([]);
});

test('only tar archives are taken, and nothing is tried', async () => {
  const { server, upload } = await serve();
  const response = await server.send(pathOf('images.upload', { name: 'thesis' }), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect([response.status, (await problemOf(response)).code]).toEqual([415, 'request.media-type']);
  expect((await upload(context, { query: '?dryRun=true' })).status).toBe(400);
});

test('a build that fails fails its operation', async () => {
  const failure = ds01Error('image.build-failed', { message: 'Step 1 failed.' });
  const { upload, endOf } = await serve(done.slice(0, 1), failure);
  const { id } = operationSchema.parse(await (await upload(context)).json());
  expect(await endOf(id)).toMatchObject({
    state: 'failed',
    error: { code: 'image.build-failed', detail: 'Step 1 failed.' },
  });
});

test('the same archive with the same key is built once, another one is refused', async () => {
  const { upload, endOf, asked } = await serve();
  const first = operationSchema.parse(await (await upload(context, { key: 'k' })).json());
  const again = await upload(context, { key: 'k' });
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(operationSchema.parse(await again.json()).id).toBe(first.id);
  const other = await upload(tarOf({ Dockerfile: 'FROM other\n' }), { key: 'k' });
  expect((await problemOf(other)).code).toBe('request.key-reused');
  await endOf(first.id);
  expect(asked).toHaveLength(1);
});

test('an upload whose sender leaves begins nothing', async () => {
  const { server, upload, asked } = await serve();
  const sending = request(`${server.url}${pathOf('images.upload', { name: 'thesis' })}`, {
    method: 'POST',
    headers: { 'x-user': 'alice', 'content-type': 'application/x-tar', 'content-length': 9999 },
  });
  sending.on('error', () => undefined);
  await new Promise<void>((resolve) => sending.write(context, () => resolve()));
  const closed = new Promise((resolve) => sending.once('close', resolve));
  sending.destroy();
  await closed;
  // Comes behind it, so that the end of the first was seen.
  expect((await upload(context)).status).toBe(202);
  expect(asked).toHaveLength(1);
});

function uploadsIn() {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-uploads-'));
  folders.push(folder);
  return { folder, path: join(folder, 'uploads') };
}

test('what is received is on the disk while it is needed, and nothing else is', async () => {
  const { folder, path } = uploadsIn();
  writeFileSync(join(folder, 'other'), '');
  const uploads = createUploads(path);
  const bytes = Buffer.alloc(300_000, 'abc');
  const upload = await uploads.receive(Readable.from([bytes, bytes]), { uid: 1, maxBytes: 1e6 });
  expect(upload.hash).toBe(createHash('sha256').update(bytes).update(bytes).digest('hex'));
  expect(await buffer(upload.read())).toEqual(Buffer.concat([bytes, bytes]));
  expect(readdirSync(path)).toHaveLength(1);
  upload.remove();
  expect(readdirSync(path)).toEqual([]);
  await expect(
    uploads.receive(Readable.from([bytes]), { uid: 1, maxBytes: 10 }),
  ).rejects.toMatchObject({ code: 'build.context-too-large' });
  expect(readdirSync(path)).toEqual([]);
  writeFileSync(join(path, 'left'), 'by a killed daemon');
  createUploads(path);
  expect(readdirSync(folder)).toEqual(['other']);
});

test('one person can’t take all the room for what arrives', async () => {
  const uploads = createUploads(uploadsIn().path);
  const endless = () => new PassThrough();
  const bodies = Array.from({ length: 2 }, endless);
  const arriving = bodies.map((body) => uploads.receive(body, { uid: 1, maxBytes: 10 }));
  await expect(uploads.receive(endless(), { uid: 1, maxBytes: 10 })).rejects.toMatchObject({
    code: 'build.too-many',
  });
  const other = await uploads.receive(Readable.from(['x']), { uid: 2, maxBytes: 10 });
  expect(other.hash).toHaveLength(64);
  for (const body of bodies) body.end();
  await Promise.all(arriving);
  await uploads.receive(Readable.from(['x']), { uid: 1, maxBytes: 10 });
});

test('the disk, which the ledger is on, is not filled', async () => {
  const { path } = uploadsIn();
  let freeBytes = 1e9;
  const uploads = createUploads(path, { nowMs: () => 0, freeBytes: () => freeBytes });
  const mebibyte = Buffer.alloc(1_048_576);
  const sent = async function* () {
    for (let count = 0; count < 20; count += 1) {
      freeBytes -= 50e6;
      yield mebibyte;
    }
  };
  const wanted = { uid: 1, maxBytes: 1e9 };
  await expect(uploads.receive(Readable.from(sent()), wanted)).rejects.toMatchObject({
    code: 'internal.storage-full',
  });
  expect(readdirSync(path)).toEqual([]);
});

test('who sends a byte now and then isn’t waited for, who sends slowly is', async () => {
  let nowMs = 0;
  const uploads = createUploads(uploadsIn().path, { nowMs: () => nowMs, freeBytes: () => 1e12 });
  const every = async function* (bytes: number) {
    for (let count = 0; count < 20; count += 1) {
      nowMs += 10_000;
      yield Buffer.alloc(bytes);
    }
  };
  const wanted = { uid: 1, maxBytes: 1e9 };
  await expect(uploads.receive(Readable.from(every(1)), wanted)).rejects.toMatchObject({
    code: 'request.invalid',
    message: expect.stringContaining('too slowly'),
  });
  expect((await uploads.receive(Readable.from(every(100_000)), wanted)).hash).toHaveLength(64);
});

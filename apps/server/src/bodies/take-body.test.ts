import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { maxBodyBytes, maxDroppedBytes } from './read-body.ts';
import { takeBody } from './take-body.ts';

const room = { take: () => undefined };

const folder = mkdtempSync(join(tmpdir(), 'ds01-take-body-'));
const path = join(folder, 's');
const server = createServer({ allowHalfOpen: true });

beforeAll(async () => {
  server.listen(path);
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function connection(): Promise<{ readonly client: Socket; readonly served: Socket }> {
  const accepted = once(server, 'connection');
  const client = connect(path);
  client.on('error', () => undefined);
  const [served]: Socket[] = await accepted;
  if (served === undefined) throw new Error('nobody connected');
  served.pause();
  served.on('error', () => undefined);
  return { client, served };
}

function end({ client, served }: { readonly client: Socket; readonly served: Socket }): void {
  client.destroy();
  served.destroy();
}

test('a body that comes in pieces is put together, and what follows it is kept', async () => {
  const both = await connection();
  const taken = takeBody(both.served, Buffer.from('ab'), '6');
  const received = taken.receive(room);
  both.client.write('cd');
  both.client.write('efgh');
  expect(Buffer.from(await received).toString()).toBe('abcdef');
  const rest: Buffer[] = [Buffer.from(taken.rest())];
  if (rest[0]?.length !== 2) {
    const next = once(both.served, 'data');
    both.served.resume();
    const [chunk]: Buffer[] = await next;
    if (chunk !== undefined) rest.push(chunk);
  }
  expect(Buffer.concat(rest).toString()).toBe('gh');
  end(both);
});

test('without a length there is no body, and all that came is kept', async () => {
  const both = await connection();
  const taken = takeBody(both.served, Buffer.from('frames'), undefined);
  expect(await taken.receive(room)).toHaveLength(0);
  expect(Buffer.from(taken.rest()).toString()).toBe('frames');
  end(both);
});

test('a client that stops in the middle, or leaves, is request.invalid', async () => {
  for (const leave of ['end', 'destroy'] as const) {
    const both = await connection();
    const body = takeBody(both.served, Buffer.from('{'), '10').receive(room);
    both.client[leave]();
    await expect(body).rejects.toMatchObject({ code: 'request.invalid' });
    end(both);
  }
});

test('a body that is too long is read and refused; one that is far too long only refused', async () => {
  const both = await connection();
  const body = takeBody(both.served, new Uint8Array(0), String(maxBodyBytes + 1)).receive(room);
  both.client.write(new Uint8Array(maxBodyBytes + 1));
  await expect(body).rejects.toMatchObject({ code: 'request.too-large' });
  expect(both.served.bytesRead).toBe(maxBodyBytes + 1);
  for (const length of [String(maxDroppedBytes + 1), '-1', '1e99', 'much']) {
    const refused = takeBody(both.served, new Uint8Array(0), length).receive(room);
    await expect(refused).rejects.toMatchObject({ code: 'request.too-large' });
  }
  end(both);
});

test('nothing is taken in before it is wanted, nor beyond the room for it', async () => {
  const both = await connection();
  const taken = takeBody(both.served, new Uint8Array(0), '4');
  both.client.write('{}{}');
  expect(both.served.isPaused()).toBe(true);
  const full = {
    take: () => {
      throw new Error('full');
    },
  };
  await expect(taken.receive(full)).rejects.toThrow('full');
  end(both);
});

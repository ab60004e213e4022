import { createBrowserClient, type DaemonClient } from '@ds01/client/browser';
import { ds01Error } from '@ds01/contracts';
import { afterEach, expect, test } from 'vitest';
import { startWorkServer, type Behaviour, type WorkServer } from '../testing/work-server.ts';

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function serve(behaviour: Behaviour, given: Parameters<typeof startWorkServer>[1] = {}) {
  const server = await startWorkServer(behaviour, given);
  ends.push(() => server.close());
  return server;
}

/** What the network does to an answer that the server has given. */
type Network = (answer: Response, url: string) => Response;

/** A client of alice's; `network` stands between. */
function clientOf({ url }: WorkServer, network: Network = (answer) => answer): DaemonClient {
  const client = createBrowserClient({
    url,
    token: 'ds01_of-no-matter',
    retry: { firstPauseMs: 1, longestPauseMs: 20 },
    fetch: async (target, init) => {
      const headers = { ...Object.fromEntries(new Headers(init?.headers)), 'x-user': 'alice' };
      const answer = await fetch(target, { ...init, headers });
      return network(answer, new Request(target).url);
    },
  });
  ends.push(() => client.close());
  return client;
}

const container = { name: 'thesis' };
const image = {
  name: 'thesis',
  tags: ['latest'],
  id: 'sha256:1',
  sizeBytes: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  framework: null,
  own: true,
  sharedBy: null,
  containers: 0,
  lastUsedAt: null,
};
const pushed = { image, target: 'registry.example.org/thesis:v1', digest: 'sha256:2' };
const push = { name: 'thesis', target: 'registry.example.org/thesis:v1' };

/** Loses the first answer, and cuts the first stream behind so many bytes. */
function badNetwork(bytes: number): Network {
  let lost = false;
  let cut = false;
  return (answer, url) => {
    if (!lost) {
      lost = true;
      throw new TypeError('the network is gone');
    }
    if (cut || !url.endsWith('/follow')) return answer;
    cut = true;
    let left = bytes;
    const limit = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) controller.error(new TypeError('the network is gone'));
      },
    });
    return new Response(answer.body?.pipeThrough(limit) ?? null, answer);
  };
}

test('an answer that is lost and a stream that is cut change nothing: it is done once', async () => {
  let count = 0;
  const server = await serve({
    call: async ({ options }) => {
      count += 1;
      for (let line = 1; line <= 3; line += 1) options.onProgress?.(`layer ${String(line)}`);
      return pushed;
    },
  });
  for (const bytes of [1, 60, 200]) {
    count = 0;
    const lines: string[] = [];
    const onProgress = (line: string) => lines.push(line);
    const client = clientOf(server, badNetwork(bytes));
    const result = await client.call('images.push', push, { onProgress });
    expect([count, result, lines]).toEqual([1, pushed, ['layer 1', 'layer 2', 'layer 3']]);
  }
});

test('whoever aborts has it undone, and learns so', async () => {
  const controller = new AbortController();
  const server = await serve({
    call: ({ options: { signal, onProgress } }) =>
      new Promise((_, reject) => {
        const undone = ds01Error('operation.interrupted', { message: 'It was undone.' });
        signal?.addEventListener('abort', () => reject(undone), { once: true });
        onProgress?.('it has begun');
      }),
  });
  const calling = clientOf(server).call('images.push', push, {
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(calling).rejects.toMatchObject({ code: 'operation.interrupted' });
  const { operations } = await clientOf(server).call('operations.list', {});
  expect(operations.map(({ state }) => state)).toEqual(['cancelled']);
});

test('what a daemon had under way when it was killed is told as interrupted by the next', async () => {
  const begun = Promise.withResolvers<void>();
  const server = await serve({
    call: () => {
      begun.resolve();
      return new Promise(() => undefined);
    },
  });
  const { id } = await clientOf(server).begin('images.push', push);
  await begun.promise;
  const next = await serve({}, { store: server.store });
  await expect(clientOf(next).waitForOperation(id)).rejects.toMatchObject({
    code: 'work.interrupted',
  });
});

test('a key that was used for something else is refused', async () => {
  const server = await serve({ call: async () => pushed });
  const client = clientOf(server);
  const options = { idempotencyKey: 'once' };
  await client.call('images.push', push, options);
  const other = { ...push, target: 'registry.example.org/thesis:v2' };
  await expect(client.call('images.push', other, options)).rejects.toMatchObject({
    code: 'request.key-reused',
  });
});

test('operations come in pages, each one once', async () => {
  const server = await serve({ call: async () => pushed });
  const client = clientOf(server);
  for (let count = 0; count < 5; count += 1) await client.call('images.push', push);
  const pages: string[][] = [];
  for await (const { operations } of client.pages('operations.list', { limit: 2 })) {
    pages.push(operations.map(({ id }) => id));
  }
  expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
  expect(new Set(pages.flat()).size).toBe(5);
});

test('output comes as it is written, and its failure is the daemon’s', async () => {
  const bytes = new TextEncoder().encode('hello');
  const server = await serve({
    stream: async function* () {
      yield { stream: 'stdout', bytes };
      throw ds01Error('engine.unreachable', { message: 'It is gone.' });
    },
  });
  const output = await clientOf(server).stream('containers.logs', container);
  let text = '';
  const reading = (async () => {
    for await (const chunk of output) text += new TextDecoder().decode(chunk.bytes);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'engine.unreachable' });
  expect(text).toBe('hello');
});

test('logs go on behind the last line when their connection breaks', async () => {
  const inputs: unknown[] = [];
  const server = await serve({
    stream: async function* ({ input }) {
      inputs.push(input);
      const times = ['2026-11-22T21:00:00.500000001Z', '2026-11-22T21:00:00.500000001Z'];
      const lines = [...times, '2026-11-22T21:00:07.000000000Z'].map(
        (time, at) => `${time} line ${String(at)}\n`,
      );
      const isFirst = inputs.length === 1;
      for (const line of isFirst ? lines.slice(0, 1) : lines) {
        yield { stream: 'stdout', bytes: new TextEncoder().encode(line) };
      }
      if (isFirst) throw ds01Error('daemon.unreachable', { message: 'It is being restarted.' });
    },
  });
  const lines: string[] = [];
  const wanted = { ...container, tail: 5 };
  for await (const { line } of clientOf(server).follow('containers.logs', wanted)) lines.push(line);
  expect(lines).toEqual(['line 0', 'line 1', 'line 2']);
  const sinceMs = Date.parse('2026-11-22T20:59:59.500Z');
  expect(inputs).toMatchObject([
    { follow: true, timestamps: true, tail: 5, sinceMs: null },
    { follow: true, timestamps: true, tail: null, sinceMs },
  ]);
});

import { ds01Error, problemSchema, progressMediaType } from '@ds01/contracts';
import { operationSchema } from '@ds01/contracts/service';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import {
  deployBody,
  jsonHeaders,
  pathOf,
  startWorkServer,
  type Behaviour,
  type Performed,
  type WorkServer,
} from '../testing/work-server.ts';

const servers: WorkServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(behaviour: Behaviour, given: Parameters<typeof startWorkServer>[1] = {}) {
  const server = await startWorkServer(behaviour, given);
  servers.push(server);
  return server;
}

/** Operations that wait to be told how they end. */
function gated() {
  const performed: Performed[] = [];
  const begun = Promise.withResolvers<Performed>();
  const gate = Promise.withResolvers<unknown>();
  const call = (one: Performed): Promise<unknown> => {
    performed.push(one);
    begun.resolve(one);
    const aborted = new Promise((_, reject) => {
      const { signal } = one.options;
      signal?.addEventListener('abort', () => reject(abortionOf(signal)), { once: true });
    });
    return Promise.race([gate.promise, aborted]);
  };
  return { call, performed, begun: begun.promise, end: gate.resolve, fail: gate.reject };
}

function abortionOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('aborted');
}

const stop = pathOf('containers.stop', { name: 'thesis' });
const push = pathOf('images.push', { name: 'thesis' });
const deploy = pathOf('containers.deploy');
const post = (more: Readonly<Record<string, string>> = {}, body = '{}') => ({
  method: 'POST',
  headers: jsonHeaders(more),
  body,
});
const pushing = (more: Readonly<Record<string, string>> = {}) =>
  post(more, '{"target":"registry.example.org/thesis:v1"}');
const operationOf = async (response: Response) => operationSchema.parse(await response.json());
const problemOf = async (response: Response) => problemSchema.parse(await response.json());
const key = (value: string) => ({ 'idempotency-key': value });
const listSchema = z.object({ operations: z.array(operationSchema), nextCursor: z.null() });

/** Reads an operation until it has ended. */
async function endOf(server: WorkServer, id: string, as = 'alice') {
  const path = pathOf('operations.follow', { id });
  const text = await (await server.send(path, { as })).text();
  const last = z.string().parse(text.trimEnd().split('\n').at(-1));
  return z.object({ line: z.int(), operation: operationSchema }).parse(JSON.parse(last)).operation;
}

test('what was asked for with a key is done once, and answered again as it was', async () => {
  let done = 0;
  const server = await serve({ call: async () => ({ count: (done += 1) }) });
  const first = await server.send(stop, post(key('k1')));
  const again = await server.send(stop, post(key('k1')));
  expect([first.status, await first.json()]).toEqual([200, { count: 1 }]);
  expect([again.status, await again.json()]).toEqual([200, { count: 1 }]);
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(again.headers.get('location')).toBe(first.headers.get('location'));
  expect(done).toBe(1);
});

test('a failure is answered again, too', async () => {
  let tries = 0;
  const server = await serve({
    call: async () => {
      tries += 1;
      throw ds01Error('container.paused', { message: 'It is paused.', details: { tries } });
    },
  });
  const responses = [
    await server.send(stop, post(key('k'))),
    await server.send(stop, post(key('k'))),
  ];
  const problems = await Promise.all(responses.map(problemOf));
  expect(problems.map(({ code, details }) => [code, details])).toEqual([
    ['container.paused', { tries: 1 }],
    ['container.paused', { tries: 1 }],
  ]);
  expect(responses.map(({ status }) => status)).toEqual([409, 409]);
  expect(responses[1]?.headers.get('content-type')).toBe('application/problem+json');
});

test('a key that comes with another request is refused, and nothing is done', async () => {
  let done = 0;
  const server = await serve({ call: async () => ({ count: (done += 1) }) });
  await server.send(stop, post(key('k')));
  const others = await Promise.all([
    server.send(stop, post(key('k'), '{"force":true}')),
    server.send(pathOf('containers.stop', { name: 'other' }), post(key('k'))),
    server.send(pathOf('containers.pause', { name: 'thesis' }), post(key('k'))),
  ]);
  expect(others.map(({ status }) => status)).toEqual([422, 422, 422]);
  expect(await Promise.all(others.map(async (one) => (await problemOf(one)).code))).toEqual([
    'request.key-reused',
    'request.key-reused',
    'request.key-reused',
  ]);
  expect(done).toBe(1);
});

test('the order of what is asked for doesn’t make another request, nor do defaults', async () => {
  let done = 0;
  const server = await serve({ call: async () => ({ count: (done += 1) }) });
  await server.send(stop, post(key('k'), '{"force":false,"timeoutSeconds":5}'));
  const again = await server.send(stop, post(key('k'), '{"timeoutSeconds":5}'));
  expect([again.status, done]).toEqual([200, 1]);
});

test('keys of two people have nothing to do with each other', async () => {
  const server = await serve({ call: async ({ person }) => ({ for: person.owner.name }) });
  const own = await server.send(stop, { ...post(key('k')), as: 'alice' });
  const other = await server.send(stop, { ...post(key('k')), as: 'bob' });
  expect([await own.json(), await other.json()]).toEqual([{ for: 'alice' }, { for: 'bob' }]);
});

test('two that ask at once with one key share what is done', async () => {
  const { call, performed, begun, end } = gated();
  const server = await serve({ call });
  const first = server.send(stop, post(key('k')));
  await begun;
  const second = server.send(stop, post(key('k')));
  const third = server.send(stop, post({ ...key('k'), accept: progressMediaType }));
  const lines = (await third).text();
  end({ stopped: true });
  expect(await (await first).json()).toEqual({ stopped: true });
  expect(await (await second).json()).toEqual({ stopped: true });
  expect(await lines).toBe('{"result":{"stopped":true}}\n');
  expect(performed).toHaveLength(1);
});

test.each(['', ' ', 'ä', 'x'.repeat(201), 'two\tparts'])('the key %j is refused', async (value) => {
  const server = await serve({ call: async () => ({}) });
  const given = { ...jsonHeaders(), 'idempotency-key': value };
  const response = await server.send(stop, { method: 'POST', headers: given, body: '{}' }).then(
    ({ status }) => status,
    () => 'not sent',
  );
  expect([400, 'not sent']).toContain(response);
});

test('what changes nothing takes no notice of a key, nor does a dry run', async () => {
  let calls = 0;
  const server = await serve({ call: async () => ({ calls: (calls += 1) }) });
  await server.send(pathOf('containers.list'), { headers: key('k') });
  await server.send(pathOf('containers.list'), { headers: key('k') });
  await server.send(`${stop}?dryRun=true`, post(key('k')));
  await server.send(`${stop}?dryRun=true`, post(key('k')));
  expect(calls).toBe(4);
  const list = await server.send(pathOf('operations.list'));
  expect(listSchema.parse(await list.json()).operations).toEqual([]);
});

test('a refused request takes no key: the same one can be mended', async () => {
  const server = await serve({ call: async () => ({ done: true }) });
  const wrong = await server.send(stop, post(key('k'), '{"force":3}'));
  const right = await server.send(stop, post(key('k'), '{"force":true}'));
  expect([wrong.status, right.status]).toEqual([400, 200]);
});

test('who leaves in the middle finds what was done with the same key', async () => {
  const { call, performed, begun, end } = gated();
  const server = await serve({ call });
  const controller = new AbortController();
  const left = server.send(stop, { ...post(key('k')), signal: controller.signal });
  await begun;
  controller.abort();
  await expect(left).rejects.toThrow(/abort/);
  const again = server.send(stop, post(key('k')));
  end({ stopped: true });
  expect(await (await again).json()).toEqual({ stopped: true });
  expect(performed).toHaveLength(1);
});

test('without a key, what its caller has left is undone', async () => {
  const { call, begun } = gated();
  const server = await serve({ call });
  const controller = new AbortController();
  const left = server.send(stop, { ...post(), signal: controller.signal });
  const { options } = await begun;
  const undone = new Promise((resolve) => {
    options.signal?.addEventListener('abort', resolve, { once: true });
  });
  controller.abort();
  await expect(left).rejects.toThrow(/abort/);
  await undone;
});

test('what takes long is answered with 202 where that is preferred', async () => {
  const { call, begun, end } = gated();
  const server = await serve({ call });
  const response = await server.send(stop, post({ prefer: 'wait=1, respond-async' }));
  const accepted = await operationOf(response);
  expect(response.status).toBe(202);
  expect(response.headers.get('preference-applied')).toBe('respond-async');
  expect(response.headers.get('location')).toBe(`/api/v1/operations/${accepted.id}`);
  expect(accepted).toMatchObject({
    route: 'containers.stop',
    object: 'thesis',
    state: 'running',
    finishedAt: null,
    result: null,
  });
  const { options } = await begun;
  expect(options.operation).toBe(accepted.id);
  options.onProgress?.('half way');
  const now = await operationOf(await server.send(`/api/v1/operations/${accepted.id}`));
  expect(now).toMatchObject({ state: 'running', lines: 1, progress: 'half way' });
  end({ stopped: true });
  expect(await endOf(server, accepted.id)).toMatchObject({
    state: 'succeeded',
    result: { stopped: true },
    lines: 1,
    progress: 'half way',
  });
});

test('what answers later does so unless its progress is wanted', async () => {
  const server = await serve({
    call: async ({ options }) => {
      options.onProgress?.('one');
      return { pushed: true };
    },
  });
  const later = await server.send(push, pushing());
  expect(later.status).toBe(202);
  const lines = await server.send(push, pushing({ accept: progressMediaType }));
  expect(await lines.text()).toBe('{"progress":"one"}\n{"result":{"pushed":true}}\n');
  const plain = await server.send(deploy, post({}, deployBody()));
  expect(plain.status).toBe(200);
  const waits = await server.send(deploy, post({}, deployBody({ wait: { forMs: null } })));
  expect(waits.status).toBe(202);
});

test('what is answered later with a key is found again as it stands', async () => {
  const { call, performed, end } = gated();
  const server = await serve({ call });
  const first = await operationOf(await server.send(push, pushing(key('k'))));
  const again = await server.send(push, pushing(key('k')));
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await operationOf(again)).toEqual(first);
  end({ pushed: true });
  await endOf(server, first.id);
  const last = await server.send(push, pushing(key('k')));
  expect(last.status).toBe(202);
  expect(await operationOf(last)).toMatchObject({ id: first.id, state: 'succeeded' });
  expect(performed).toHaveLength(1);
});

test('work that is cancelled is undone and says so; what has ended can’t be', async () => {
  const { call, begun } = gated();
  const server = await serve({ call });
  const { id } = await operationOf(await server.send(push, pushing()));
  await begun;
  const cancel = pathOf('operations.cancel', { id });
  const tried = await server.send(`${cancel}?dryRun=true`, post());
  expect(await operationOf(tried)).toMatchObject({ state: 'running' });
  expect((await server.send(cancel, post())).status).toBe(200);
  expect(await endOf(server, id)).toMatchObject({
    state: 'cancelled',
    error: { code: 'operation.interrupted' },
  });
  expect((await problemOf(await server.send(cancel, post()))).code).toBe('work.ended');
});

test('nobody sees, follows or cancels another’s work', async () => {
  const { call, end } = gated();
  const server = await serve({ call });
  const { id } = await operationOf(await server.send(push, pushing()));
  const tries = await Promise.all([
    server.send(`/api/v1/operations/${id}`, { as: 'bob' }),
    server.send(pathOf('operations.follow', { id }), { as: 'bob' }),
    server.send(pathOf('operations.cancel', { id }), { ...post(), as: 'bob' }),
    server.send(pathOf('operations.cancel', { id }), { ...post(), as: 'carol' }),
  ]);
  expect(await Promise.all(tries.map(async (one) => (await problemOf(one)).code))).toEqual(
    Array.from({ length: 4 }, () => 'work.not-found'),
  );
  const list = await server.send(pathOf('operations.list'), { as: 'bob' });
  expect(listSchema.parse(await list.json()).operations).toEqual([]);
  end({});
  expect(await endOf(server, id)).toMatchObject({ state: 'succeeded' });
});

test('progress can be followed from any line on, and ends with the operation', async () => {
  const { call, begun, end } = gated();
  const server = await serve({ call });
  const { id } = await operationOf(await server.send(push, pushing()));
  const { options } = await begun;
  for (const line of ['a', 'b', 'c']) options.onProgress?.(line);
  const follow = pathOf('operations.follow', { id });
  const live = await server.send(`${follow}?afterLine=1`);
  end({ pushed: true });
  const lines = (await live.text()).trimEnd().split('\n');
  expect(lines.slice(0, 2)).toEqual(['{"line":2,"progress":"b"}', '{"line":3,"progress":"c"}']);
  expect(JSON.parse(lines[2] ?? '')).toMatchObject({ line: 4, operation: { state: 'succeeded' } });
  expect(await (await server.send(`${follow}?afterLine=4`)).text()).toBe('');
});

test('the ledger says of work that an ending daemon cut off that it failed', async () => {
  const { call, begun } = gated();
  const server = await serve({ call });
  const kept = server.send(stop, post(key('k')));
  await begun;
  server.end();
  expect((await problemOf(await kept)).code).toBe('work.interrupted');
  const again = await server.send(stop, post(key('k')));
  expect([again.status, (await problemOf(again)).code]).toEqual([409, 'work.interrupted']);
});

test('the next daemon finds what a killed one left, says that it failed, and doesn’t do it again', async () => {
  const { call, performed, begun } = gated();
  const killed = await serve({ call });
  killed.send(stop, post(key('k'))).catch(() => undefined);
  await begun;
  const next = await serve({ call: async () => ({ again: true }) }, { store: killed.store });
  const again = await next.send(stop, post(key('k')));
  expect((await problemOf(again)).code).toBe('work.interrupted');
  const list = await next.send(`${pathOf('operations.list')}?running=true`);
  expect(listSchema.parse(await list.json()).operations).toEqual([]);
  expect(performed).toHaveLength(1);
  const events = next.store.transaction(({ events: table }) =>
    table.after({
      sinceMs: null,
      untilMs: null,
      typePrefix: 'operation',
      of: null,
      containers: null,
      afterId: 0,
      limit: 9,
    }),
  );
  expect(events.map(({ event }) => [event.type, event.user])).toEqual([
    ['operation.interrupted', 'alice'],
  ]);
});

test('secrets of tokens are never kept: a repeated request makes no token and tells none', async () => {
  let made = 0;
  const server = await serve({ call: async () => ({ secret: `ds01_secret${(made += 1)}` }) });
  const create = pathOf('tokens.create');
  const first = await server.send(create, post(key('k'), '{"name":"ci"}'));
  const again = await server.send(create, post(key('k'), '{"name":"ci"}'));
  expect(await first.json()).toEqual({ secret: 'ds01_secret1' });
  expect((await problemOf(again)).code).toBe('work.ended');
  const records = server.store.transaction(({ operations }) =>
    operations.list({ uid: 1001, running: false, before: null, limit: 9 }),
  );
  expect(JSON.stringify(records)).not.toContain('secret');
  expect(made).toBe(1);
});

test('a person has 64 pieces of work under way at most', async () => {
  const { call, end } = gated();
  const server = await serve({ call });
  const begun = Array.from({ length: 64 }, () => server.send(push, pushing()));
  const statuses = (await Promise.all(begun)).map(({ status }) => status);
  expect(statuses).toEqual(Array.from(statuses, () => 202));
  const refused = await server.send(push, pushing());
  expect([refused.status, (await problemOf(refused)).code]).toEqual([429, 'rate.limited']);
  expect((await server.send(push, { ...pushing(), as: 'bob' })).status).toBe(202);
  end({});
});

test('what was only repeated is not a change in the audit log', async () => {
  const server = await serve({ call: async () => ({}) });
  await server.send(stop, post(key('k')));
  await server.send(stop, post(key('k')));
  expect(server.audit).toEqual([
    'begin containers.stop',
    'ok containers.stop',
    'begin containers.stop',
    'replayed containers.stop',
  ]);
});

test('what DS01 did not expect is told without its text, also to who asks again', async () => {
  const server = await serve({
    call: async () => {
      throw new Error('the password is 1234');
    },
  });
  const texts = [
    await (await server.send(stop, post(key('k')))).text(),
    await (await server.send(stop, post(key('k')))).text(),
    await (await server.send(pathOf('operations.list'))).text(),
  ];
  expect(texts.join()).not.toContain('1234');
  expect(texts[1]).toBe(texts[0]);
});

test('who comes back to server-sent events goes on behind the last one', async () => {
  const { call, begun, end } = gated();
  const server = await serve({ call });
  const { id } = await operationOf(await server.send(push, pushing()));
  const { options } = await begun;
  for (const line of ['a', 'b']) options.onProgress?.(line);
  end({ pushed: true });
  const follow = pathOf('operations.follow', { id });
  const response = await server.send(`${follow}?afterLine=0`, {
    headers: { accept: 'text/event-stream', 'last-event-id': '1' },
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events = (await response.text()).split('\n\n');
  expect(events[1]).toBe('id: 2\ndata: {"line":2,"progress":"b"}');
  expect(events[2]).toMatch(/^id: 3\ndata: \{"line":3,"operation":\{/);
  expect(events[3]).toBe('event: end\ndata: {}');
});

test('what takes long and is refused at once is answered with the refusal', async () => {
  let tries = 0;
  const server = await serve({
    call: async () => {
      tries += 1;
      throw ds01Error('image.not-found', { message: 'There is no image thesis.' });
    },
  });
  const refused = await server.send(push, pushing(key('k')));
  expect([refused.status, (await problemOf(refused)).code]).toEqual([404, 'image.not-found']);
  const again = await server.send(push, pushing(key('k')));
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([404, 'true']);
  expect(tries).toBe(1);
});

test('what a token began ends with it, also what goes on without its connection', async () => {
  const { call, begun } = gated();
  const server = await serve({ call });
  const { id } = await operationOf(await server.send(push, pushing()));
  await begun;
  server.endTokens();
  expect(await endOf(server, id)).toMatchObject({
    state: 'cancelled',
    error: { code: 'token.invalid' },
  });
});

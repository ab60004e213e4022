import { ds01Error, progressMediaType } from '@ds01/contracts';
import { expect, test } from 'vitest';
import {
  deploy,
  endOf,
  gated,
  key,
  listSchema,
  operationOf,
  post,
  problemOf,
  push,
  pushing,
  stop,
} from '../testing/work-requests.ts';
import { deployBody, pathOf } from '../testing/work-server.ts';
import { useWorkServers } from '../testing/use-work-servers.ts';

const serve = useWorkServers();

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

import { ds01Error, progressMediaType } from '@ds01/contracts';
import { expect, test } from 'vitest';
import {
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
import { jsonHeaders, pathOf } from '../testing/work-server.ts';
import { useWorkServers } from '../testing/use-work-servers.ts';

const serve = useWorkServers();

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

import { deployInputSchema } from '@ds01/contracts';
import { operationSchema } from '@ds01/contracts/service';
import type { QueueRecord, Store } from '@ds01/ports';
import { afterEach, expect, test } from 'vitest';
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

const startMs = 1_760_000_000_000;

async function serve(behaviour: Behaviour, given: Parameters<typeof startWorkServer>[1] = {}) {
  const server = await startWorkServer(behaviour, given);
  servers.push(server);
  return server;
}

/** What a deploy puts into the queue while it waits. */
function waitIn(store: Store, { person, input, options }: Performed): void {
  const { gpu } = deployInputSchema.parse(input);
  const entry: QueueRecord = {
    id: 'q00000000000000000001',
    user: person.owner.name,
    uid: person.owner.uid,
    kind: 'interactive',
    state: 'waiting',
    priority: 'normal',
    gpu,
    container: 'thesis',
    dockerName: 'thesis._.alice',
    fingerprint: 'f',
    operation: options.operation ?? null,
    runtimeMs: null,
    queuedAtMs: startMs,
    waitsUntilMs: null,
    place: null,
    held: false,
    leaseId: null,
    grantedAtMs: null,
    claimUntilMs: null,
    endedAtMs: null,
  };
  store.transaction(({ queue }) => queue.put(entry));
}

/** A daemon with one deploy in the queue; it waits until it is aborted. */
async function withWaiting(body: string, headers: Readonly<Record<string, string>> = {}) {
  const begun = Promise.withResolvers<void>();
  const server: WorkServer = await serve({
    call: (performed) => {
      waitIn(server.store, performed);
      begun.resolve();
      return new Promise((_, reject) => {
        const { signal } = performed.options;
        signal?.addEventListener('abort', () => reject(new Error('gone')), { once: true });
      });
    },
  });
  const response = await server.send(pathOf('containers.deploy'), {
    method: 'POST',
    headers: jsonHeaders({ 'idempotency-key': 'k', ...headers }),
    body,
  });
  expect(response.status).toBe(202);
  const { id } = operationSchema.parse(await response.json());
  await begun.promise;
  return { server, id };
}

async function operationAt(server: WorkServer, id: string) {
  const response = await server.send(pathOf('operations.show', { id }));
  return operationSchema.parse(await response.json());
}

const secret = { name: 'token', base64: 'aGk=' };
const waiting = deployBody({ wait: { forMs: 60_000 } });

test.each(['killed', 'ended'])(
  'a deploy that waits goes on with the daemon after one that was %s',
  async (how) => {
    const { server, id } = await withWaiting(waiting);
    if (how === 'ended') server.end();
    const taken = Promise.withResolvers<Performed>();
    const gate = Promise.withResolvers<unknown>();
    const next = await serve(
      {
        call: (performed) => {
          taken.resolve(performed);
          return gate.promise;
        },
      },
      { store: server.store },
    );
    const { id: route, person, input, options } = await taken.promise;
    expect([route, person.owner.name, options.operation]).toEqual([
      'containers.deploy',
      'alice',
      id,
    ]);
    expect(input).toMatchObject({ name: 'thesis', wait: { forMs: 60_000 } });
    expect(await operationAt(next, id)).toMatchObject({ state: 'running' });
    const again = next.send(pathOf('containers.deploy'), {
      method: 'POST',
      headers: jsonHeaders({ 'idempotency-key': 'k' }),
      body: waiting,
    });
    expect(operationSchema.parse(await (await again).json())).toMatchObject({ id });
    const followed = next.send(pathOf('operations.follow', { id }));
    gate.resolve({ outcome: 'created' });
    await (await followed).text();
    expect(await operationAt(next, id)).toMatchObject({
      state: 'succeeded',
      result: { outcome: 'created' },
    });
    expect(next.audit).toContain('ok containers.deploy');
  },
);

test('what was asked for with a token goes on with that token, and ends with it', async () => {
  const { server, id } = await withWaiting(waiting, { 'x-user': 'carol', 'x-token': 't1' });
  const taken = Promise.withResolvers<Performed>();
  const next = await serve(
    {
      call: (performed) => {
        taken.resolve(performed);
        const { signal } = performed.options;
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
      },
    },
    { store: server.store },
  );
  // An administrator's token of the scope write makes them a user, then as now.
  const { person } = await taken.promise;
  expect(person).toMatchObject({ role: 'user', token: { id: 't1', scope: 'write' } });
  next.endTokens();
  const followed = await next.send(pathOf('operations.follow', { id }), { as: 'carol' });
  expect(await followed.text()).toContain('"token.invalid"');
  expect(next.audit).toEqual(['begin containers.deploy', 'token.invalid containers.deploy']);
});

test('what an administrator asked for in somebody’s name goes on as theirs', async () => {
  const { server, id } = await withWaiting(waiting, { 'x-user': 'carol', 'x-for': 'alice' });
  const taken = Promise.withResolvers<Performed>();
  await serve(
    {
      call: (performed) => {
        taken.resolve(performed);
        return Promise.resolve({ outcome: 'created' });
      },
    },
    { store: server.store },
  );
  const { person, options } = await taken.promise;
  expect(person).toMatchObject({ owner: { name: 'alice' }, actor: 'carol', role: 'admin' });
  expect(options.operation).toBe(id);
});

test('what was asked for with a token that ended meanwhile doesn’t go on', async () => {
  const { server, id } = await withWaiting(waiting, { 'x-token': 't1' });
  const next = await serve({}, { store: server.store, tokensCount: false });
  const followed = await next.send(pathOf('operations.follow', { id }));
  await followed.text();
  expect(await operationAt(next, id)).toMatchObject({
    state: 'failed',
    error: { code: 'token.invalid' },
  });
});

test('a deploy whose secrets are nowhere can’t go on; its place in the queue stays', async () => {
  const secrets = [secret];
  const { server, id } = await withWaiting(deployBody({ wait: { forMs: null }, secrets }));
  const text = server.store.transaction(({ operations }) => JSON.stringify(operations.get(id)));
  expect(text).not.toContain('aGk=');
  const next = await serve({}, { store: server.store });
  expect(await operationAt(next, id)).toMatchObject({
    state: 'failed',
    error: { code: 'work.interrupted' },
  });
  expect(next.store.transaction(({ queue }) => queue.live().length)).toBe(1);
});

test('a deploy that no longer waits when its daemon dies has failed', async () => {
  const { server, id } = await withWaiting(waiting);
  server.store.transaction(({ queue }) => {
    for (const entry of queue.live()) {
      queue.put({ ...entry, state: 'claimed', endedAtMs: startMs });
    }
  });
  const next = await serve({}, { store: server.store });
  expect(await operationAt(next, id)).toMatchObject({ state: 'failed' });
});

test('cancelling a deploy that waits leaves the queue', async () => {
  const { server, id } = await withWaiting(waiting);
  const cancelled = await server.send(pathOf('operations.cancel', { id }), {
    method: 'POST',
    headers: jsonHeaders(),
    body: '{}',
  });
  expect(cancelled.status).toBe(200);
  await (await server.send(pathOf('operations.follow', { id }))).text();
  expect(await operationAt(server, id)).toMatchObject({ state: 'cancelled' });
  expect(server.store.transaction(({ queue }) => queue.live())).toEqual([]);
});

test('a ledger that can’t be used at first keeps nobody from starting, and nothing running for ever', async () => {
  const { server, id } = await withWaiting(
    deployBody({ wait: { forMs: null }, secrets: [secret] }),
  );
  const sleeping = Promise.withResolvers<void>();
  const woken = Promise.withResolvers<void>();
  let isBroken = true;
  const store: Store = {
    ...server.store,
    transaction: (work) => {
      if (isBroken) throw new Error('the disk is away');
      return server.store.transaction(work);
    },
  };
  const sleep = (durationMs: number): Promise<void> => {
    if (durationMs > 60_000) return Promise.withResolvers<void>().promise;
    sleeping.resolve();
    return woken.promise;
  };
  const next = await serve({}, { store, sleep });
  await sleeping.promise;
  isBroken = false;
  expect(await operationAt(next, id)).toMatchObject({ state: 'running' });
  woken.resolve();
  await woken.promise;
  expect(await operationAt(next, id)).toMatchObject({ state: 'failed' });
});

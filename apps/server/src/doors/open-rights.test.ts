import { once } from 'node:events';
import { Socket } from 'node:net';
import { slugOf, usernameSchema, type RouteId } from '@ds01/contracts';
import type { Person } from '@ds01/control-plane';
import { expect, test } from 'vitest';
import { exchange } from '../exchange.ts';
import { createRequests } from '../requests.ts';
import { createBodyRooms } from './body-room.ts';
import { createOpenRights } from './open-rights.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

function personOf(name: string, uid: number, more: Omit<Person, 'owner'>): Person {
  const user = usernameSchema.parse(name);
  const owner = { name: user, slug: slugOf(user), uid, gid: uid, groupIds: [], home: '/' };
  return { owner, ...more };
}

/** Something that Carol (3) is at until its signal is aborted, and how it ended. */
function begun(id: RouteId, person: Person, uid = person.owner.uid) {
  const admins = new Set([0, 3]);
  const rights = createOpenRights((one) => admins.has(one));
  const running = createRequests().begin();
  const socket = new Socket();
  const audited: unknown[] = [];
  const deps = {
    version: '0.0.0',
    identify: async () => ({ person, uid, token: null, address: null, leave: silent }),
    bodies: createBodyRooms(),
    requests: createRequests(),
    audit: { begin: (call: unknown) => (audited.push(call), silent) },
    onUndone: silent,
    rights,
    log,
  };
  const incoming = { id, message: { headers: {}, headersDistinct: {} }, socket, running };
  const under = Promise.withResolvers<void>();
  const done = exchange(
    deps,
    { ...incoming, dryRun: false, readInput: async () => ({}) },
    async ({ request: { signal } }) => {
      under.resolve();
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    },
  ).then(
    () => 'ok',
    (error: unknown) => Reflect.get(error as Error, 'code'),
  );
  const demote = async () => {
    await under.promise;
    await rights.check();
    expect(running.signal.aborted).toBe(false);
    admins.delete(3);
    await rights.check();
  };
  const end = async () => {
    await under.promise;
    running.abort(new Error('over'));
    await done;
  };
  return { audited, demote, done, end, running, socket };
}

const carol = personOf('carol', 3, { role: 'admin' });
const asAlice = personOf('alice', 1, { role: 'admin', actor: carol.owner.name });

test.each([
  ['a stream that shows administrators more', 'events.follow', carol],
  ['long work of administrators', 'admin.emergency-stop', carol],
  ['a shell in somebody’s name', 'containers.exec', asAlice],
  ['long work in somebody’s name', 'containers.deploy', asAlice],
] as const)('%s ends when its administrator is none any longer', async (_, id, person) => {
  const { demote, done, socket } = begun(id, person, 3);
  await demote();
  // Its answer says why; the connection may go on.
  expect(await done).toBe('access.denied');
  expect(socket.destroyed).toBe(false);
});

test.each([
  ['their own shell', 'containers.exec', carol],
  ['their own long work', 'containers.deploy', carol],
  ['what somebody else does', 'events.follow', personOf('bob', 2, { role: 'user' })],
] as const)('%s goes on', async (_, id, person) => {
  const { demote, end, running, socket } = begun(id, person);
  await demote();
  expect([running.signal.aborted, socket.destroyed]).toEqual([false, false]);
  await end();
});

test('what doesn’t end by itself is cut off', async () => {
  const rights = createOpenRights(() => false, 1);
  const [stays, left] = [new Socket(), new Socket()];
  rights.enter(3, stays);
  const leave = rights.enter(3, left, () => leave());
  const cut = once(stays, 'close');
  await rights.check();
  await cut;
  expect(left.destroyed).toBe(false);
});

test('the audit log says who acted beside in whose name', async () => {
  const { audited, end } = begun('containers.deploy', asAlice, 3);
  await end();
  expect(audited).toMatchObject([{ uid: 3, by: 'carol', user: 'alice' }]);
  const own = begun('containers.deploy', carol);
  await own.end();
  expect(own.audited[0]).not.toHaveProperty('by');
});

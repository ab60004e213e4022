import { slugOf, usernameSchema } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import { expect, test } from 'vitest';
import { createPeople } from './people.ts';

function account(name: string, uid: number, groupIds: readonly number[] = []): HostAccount {
  const user = usernameSchema.parse(name);
  const home = `/home/${name}`;
  return { name: user, slug: slugOf(user), uid, gid: uid, groupIds: [uid, ...groupIds], home };
}

const quiet = {
  debug: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A host with Alice, Bob, Carol (administrator by name) and Dave (by his group, 77). */
function hostOf() {
  const accounts = new Map(
    [account('alice', 1), account('bob', 2), account('carol', 3), account('dave', 4, [77])].map(
      (found) => [found.uid, found],
    ),
  );
  const host = { nowMs: 1_000_000, admins: ['carol'], looks: 0, fails: false, accounts };
  const look = async (is: (found: HostAccount) => boolean) => {
    host.looks += 1;
    if (host.fails) throw new Error('the directory does not answer');
    return [...accounts.values()].find(is) ?? null;
  };
  const made = createPeople({
    accounts: {
      byUid: (uid) => look((found) => found.uid === uid),
      byName: (name) => look((found) => found.name === name),
      groupIds: async () => new Map([['gpu-admins', 77]]),
      groupMembers: async () => [],
      people: async () => [],
    },
    policyFiles: {
      read: () => {
        const access = { admin_users: host.admins, admin_group: 'gpu-admins' };
        const file = { default_group: 'student', groups: { student: {} }, access_control: access };
        return [{ path: 'resource-limits.yaml', text: JSON.stringify(file), error: null }];
      },
      readNamed: () => null,
      readLastGood: () => null,
      saveLastGood: () => undefined,
      write: () => undefined,
    },
    logger: quiet,
    clock: { nowMs: () => host.nowMs },
  });
  // Who is there at once is refused at once.
  const personOf = async (uid: number, actFor: string | null) => made.personOf(uid, actFor);
  return { host, people: { ...made, personOf } };
}

const denied = expect.objectContaining({ code: 'access.denied' });
const unknown = expect.objectContaining({ code: 'user.unknown' });

test('people are who their uid is, administrators by name or by group', async () => {
  const { people } = hostOf();
  const roles = await Promise.all([1, 2, 3, 4].map((uid) => people.personOf(uid, null)));
  expect(roles.map(({ owner, role }) => [owner.name, role])).toEqual([
    ['alice', 'user'],
    ['bob', 'user'],
    ['carol', 'admin'],
    ['dave', 'admin'],
  ]);
  await expect(people.personOf(99, null)).rejects.toEqual(unknown);
});

test('only administrators act for others; whoever names themselves is themselves', async () => {
  const { people } = hostOf();
  await expect(people.personOf(2, 'alice')).rejects.toEqual(denied);
  await expect(people.personOf(2, 'no-such-user')).rejects.toEqual(denied);
  expect(await people.personOf(2, 'bob')).toMatchObject({ role: 'user' });
  expect(await people.personOf(3, 'alice')).toMatchObject({
    owner: { name: 'alice', uid: 1 },
    role: 'admin',
  });
});

test.each(['no-such-user', 'a b', '../etc', 'alice, bob', '', ' ', 'x'.repeat(10_000), '\0'])(
  'an administrator can not act for %j',
  async (actFor) => {
    const { people } = hostOf();
    await expect(people.personOf(3, actFor)).rejects.toEqual(unknown);
  },
);

test('an administrator who is none any more has five seconds', async () => {
  const { host, people } = hostOf();
  await people.personOf(3, 'alice');
  host.admins = [];
  host.nowMs += 4999;
  await people.personOf(3, 'alice');
  host.nowMs += 1;
  await expect(people.personOf(3, 'alice')).rejects.toEqual(denied);
  expect(await people.personOf(3, null)).toMatchObject({ role: 'user' });
});

test('a clock that was set back does not keep an answer for longer', async () => {
  const { host, people } = hostOf();
  await people.personOf(3, null);
  host.admins = [];
  host.nowMs -= 3_600_000;
  expect(await people.personOf(3, null)).toMatchObject({ role: 'user' });
});

test('the directory is asked once in five seconds, however many call', async () => {
  const { host, people } = hostOf();
  await Promise.all(Array.from({ length: 50 }, () => people.personOf(1, null)));
  expect(host.looks).toBe(1);
  host.nowMs += 5000;
  await people.personOf(1, null);
  expect(host.looks).toBe(2);
});

test('a directory that failed is asked again at once', async () => {
  const { host, people } = hostOf();
  host.fails = true;
  await expect(people.personOf(1, null)).rejects.toThrow('does not answer');
  host.fails = false;
  expect(await people.personOf(1, null)).toMatchObject({ owner: { name: 'alice' } });
});

test('an account that was removed is unknown after five seconds, a new one is there', async () => {
  const { host, people } = hostOf();
  await people.personOf(1, null);
  await expect(people.personOf(5, null)).rejects.toEqual(unknown);
  host.accounts.delete(1);
  host.accounts.set(5, account('erin', 5));
  host.nowMs += 5000;
  await expect(people.personOf(1, null)).rejects.toEqual(unknown);
  expect(await people.personOf(5, null)).toMatchObject({ owner: { name: 'erin' } });
});

test('who acted for somebody does so later, as long as they are an administrator', async () => {
  const { host, people } = hostOf();
  const carol = usernameSchema.parse('carol');
  await expect(people.personBy(carol, 'alice')).resolves.toMatchObject({
    owner: { name: 'alice' },
    role: 'admin',
    actor: 'carol',
  });
  host.admins = [];
  host.nowMs += 10_000;
  await expect(people.personBy(carol, 'alice')).rejects.toEqual(denied);
  await expect(people.personBy(usernameSchema.parse('gone'), 'alice')).rejects.toEqual(unknown);
});

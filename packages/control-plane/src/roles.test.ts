import type { Role } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { gpuStatus } from './gpu.ts';
import { loadCurrentPolicy } from './policy.ts';
import { roleOf } from './roles.ts';
import { deployed } from './testing/commands.ts';
import { gpu, host } from './testing/gpus.ts';
import { alice, bob, dana } from './testing/people.ts';
import { createWorld, roomyLimits } from './testing/world.ts';
import { show } from './verbs.ts';

const controlled = `${roomyLimits}access_control: { admin_users: [bob], admin_group: ops }\n`;

test.each([
  ['root', { uid: 0 }, 'admin'],
  ['a named administrator', { name: bob.owner.name }, 'admin'],
  ['a member of the group', { groupIds: [2001, 5000] }, 'admin'],
  ['somebody else', { groupIds: [2001, 5001] }, 'user'],
] as const)('%s', async (_, changes, role) => {
  const world = createWorld({ limits: controlled, groups: { ops: 5000 } });
  const deps = world.deps();
  expect(await roleOf(deps, loadCurrentPolicy(deps), { ...alice.owner, ...changes })).toBe(role);
});

test('a group of administrators that does not exist makes nobody one', async () => {
  const world = createWorld({ limits: controlled });
  const deps = world.deps();
  expect(await roleOf(deps, loadCurrentPolicy(deps), alice.owner)).toBe('user');
});

test("an administrator's own commands see their own containers only", async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  await expect(show(world.deps(), dana, { name: 'thesis' })).rejects.toMatchObject({
    code: 'container.not-found',
  });
});

describe.each(['names', 'groups', 'none'] as const)('where the site shows %s', (shown) => {
  const seenByOthers = { names: 'alice', groups: 'group student', none: null }[shown];

  test.each([
    ['its owner', alice, 'alice', 'thesis'],
    ['an administrator', dana, 'alice', 'thesis'],
    ['anybody else', bob, seenByOthers, null],
    ['an account of uid 0 that is no administrator', rootAs('user'), seenByOthers, null],
  ] as const)('%s', async (_, caller, user, container) => {
    const world = createWorld({ gpus: host(gpu(0)), settings: `show_holders: ${shown}\n` });
    await deployed(world, 'thesis');
    const { devices } = await gpuStatus(world.deps(), caller, { onlyOwn: false });
    expect(devices[0]?.slots[0]).toMatchObject({ user, container });
  });

  test('the GPUs of a person are found by who sees their name', async () => {
    const world = createWorld({
      gpus: host(gpu(0), gpu(1)),
      settings: `show_holders: ${shown}\n`,
    });
    await deployed(world, 'thesis');
    const shownTo = async (caller: typeof bob, user: string) => {
      const input = { onlyOwn: false, user };
      const { devices } = await gpuStatus(world.deps(), caller, input);
      return devices.flatMap(({ slots }) => slots.map(({ slot }) => slot));
    };
    expect(await shownTo(dana, 'alice')).toEqual(['0']);
    expect(await shownTo(alice, 'alice')).toEqual(['0']);
    expect(await shownTo(bob, 'alice')).toEqual(shown === 'names' ? ['0'] : []);
    expect(await shownTo(dana, 'bob')).toEqual([]);
  });

  test('a refusal names no container of others, and holders only as far as they are shown', async () => {
    const world = createWorld({ gpus: host(gpu(0)), settings: `show_holders: ${shown}\n` });
    await deployed(world, 'thesis');
    const refused = await deployed(world, 'mine', { caller: bob }).catch((error: unknown) => error);
    const text = `${String(refused)} ${JSON.stringify(refused)}`;
    expect(text).not.toContain('thesis');
    expect(text.includes('alice')).toBe(shown === 'names');
  });
});

function rootAs(role: Role) {
  return { ...bob, owner: { ...bob.owner, uid: 0 }, role };
}

import { describe, expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { useEditedSite, editedLimits } from '../testing/edited-site.ts';
import { happened } from '../testing/happened.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice } from '../testing/people.ts';

const { world, act, textOf } = useEditedSite();
const eventsOf = (typePrefix: string) => happened(world(), typePrefix);

describe('groups', () => {
  const members = async () =>
    Object.fromEntries(
      (await act('admin.groups', {})).groups.map((group) => [group.name, group.members.join()]),
    );

  test('get people who are in none, and others only by a move', async () => {
    await act('admin.groups.put', { group: 'staff', user: 'alice' });
    expect(textOf('groups/staff.members')).toBe('alice\n');
    await expect(act('admin.groups.put', { group: 'staff', user: 'bob' })).rejects.toMatchObject({
      code: 'policy.refused',
      hint: 'ds01-admin group move staff bob',
    });
    await act('admin.groups.put', { group: 'staff', user: 'bob', move: true });
    await act('admin.groups.put', { group: 'student', user: 'alice', move: true });
    expect(await members()).toEqual({ student: 'alice', staff: 'bob' });
    expect(textOf('resource-limits.yaml')).toContain('student: {members: []}');
    expect(await act('admin.groups.put', { group: 'staff', user: 'bob' })).toMatchObject({
      file: null,
    });
    expect(eventsOf('group.').map(({ details }) => details)).toEqual([
      { by: 'dana', from: null, to: 'staff' },
      { by: 'dana', from: 'student', to: 'staff' },
      { by: 'dana', from: 'staff', to: 'student' },
    ]);
    await expect(act('admin.groups.put', { group: 'stuff', user: 'bob' })).rejects.toMatchObject({
      code: 'group.unknown',
    });
  });

  test('are filled by a line of group-overrides.txt, then by the site’s rules; once', async () => {
    world().config.set('group-overrides.txt', 'alice:staff\ndana:staff\n');
    const planned = await act('admin.groups.sync', {}, { dryRun: true });
    expect(textOf('groups/staff.members')).toBeNull();
    expect(await act('admin.groups.sync', {})).toEqual(planned);
    expect(planned).toEqual({
      added: [
        { user: 'alice', group: 'staff', because: 'group-overrides.txt' },
        { user: 'carol', group: 'staff', because: 'groups.rules: c*' },
      ],
      left: [],
    });
    expect(textOf('groups/staff.members')).toBe('alice\ncarol\n');
    expect(await act('admin.groups.sync', {})).toEqual({ added: [], left: [] });
    expect(eventsOf('group.')).toHaveLength(2);
  });

  test('are left alone while the files have errors', async () => {
    world().config.set('user-overrides.yaml', 'bob: 7\n');
    await expect(act('admin.groups.sync', {})).rejects.toMatchObject({
      code: 'limits.invalid-file',
    });
  });
});

describe('another configuration', () => {
  test('changes people whom it names, whom it names no more, and who have containers', async () => {
    await deployed(world(), 'thesis', { caller: alice, gpu: { kind: 'none' } });
    const diff = await act('admin.limits.diff', {
      files: [
        {
          path: 'new/resource-limits.yaml',
          text: editedLimits.replace('max_cpus: 1', 'max_cpus: 4'),
        },
        { path: 'new/groups/staff.members', text: 'bob\n' },
        { path: 'new/ds01.yaml', text: '' },
      ],
    });
    expect(diff.users).toMatchObject([
      { user: 'alice', changes: [{ key: 'max_cpus', before: 1, after: 4 }] },
      { user: 'bob', groupBefore: 'student', groupAfter: 'student' },
    ]);
    expect(diff.problems.map(({ code }) => code)).toEqual(['config.several-groups']);
  });

  test('that is larger than any site’s is refused, and one that is all wrong is told in part', async () => {
    const diff = (text: string) =>
      act('admin.limits.diff', {
        files: [1, 2].map((number) => ({ path: `groups/${String(number)}.members`, text })),
      });
    await expect(diff('x'.repeat(300_000))).rejects.toMatchObject({ code: 'request.invalid' });
    const { problems } = await diff("it's\n".repeat(5000));
    expect(problems).toHaveLength(1000);
  });

  test('of more entries than any site has is refused before it is parsed', async () => {
    const text = 'a: 1\n'.repeat(15_000);
    const files = ['resource-limits.yaml', 'user-overrides.yaml'].map((path) => ({ path, text }));
    await expect(act('admin.limits.diff', { files })).rejects.toMatchObject({
      code: 'request.invalid',
      details: { most: 20_000 },
    });
  });

  test('with errors changes nobody, and says what is wrong', async () => {
    const diff = await act('admin.limits.diff', {
      files: [{ path: 'resource-limits.yaml', text: 'default: {}\n' }],
    });
    expect(diff).toMatchObject({ users: [], problems: [{ code: 'config.unknown-key', line: 1 }] });
  });
});

test('everything here is for administrators', async () => {
  await expect(
    operationsOf(world()).call('admin.limits.set', alice, {
      user: 'alice',
      changes: { max_cpus: '99' },
    }),
  ).rejects.toMatchObject({ code: 'access.denied' });
});

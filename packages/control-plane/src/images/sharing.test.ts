import { describe, expect, test } from 'vitest';
import { built } from '../testing/builds.ts';
import { deployed } from '../testing/commands.ts';
import { imageWorld } from '../testing/images.ts';
import { alice, bob, carol } from '../testing/people.ts';
import { roomyLimits } from '../testing/world.ts';

const image = 'ds01-alice/thesis';
const dockerfile = 'FROM ds01/busybox\nRUN make it\n';
const cpuOnly = { gpu: { kind: 'none' } } as const;

async function shared(groups = false) {
  const images = imageWorld({
    limits: `${roomyLimits.replace('student: {}', 'student: {}\n  lab: { members: [bob] }')}`,
  });
  await built(images.world.deps(), dockerfile);
  const whom = groups ? { groups: ['lab'] } : { users: ['bob'] };
  await images.call('images.share', { name: 'thesis', ...whom });
  return images;
}

describe.each([
  ['a person', false],
  ['a group', true],
])('an image that is shared with %s', (_, groups) => {
  test('is there for them, to run and to build on, and for nobody else', async () => {
    const { world, call, codeOf } = await shared(groups);
    const listed = (await call('images.list', {}, bob)).images.find(({ name }) => name === image);
    expect(listed).toMatchObject({ own: false, sharedBy: 'alice' });
    expect(await codeOf('images.show', { name: image }, bob)).toBe('ok');
    expect(await codeOf('images.packages', { name: image }, bob)).toBe('ok');
    await deployed(world, 'copy', { caller: bob, image, ...cpuOnly });
    await built(world.deps(), `FROM ${image}\nRUN more\n`, { caller: bob, name: 'mine' });
    expect(await codeOf('images.show', { name: image }, carol)).toBe('image.not-found');
    const others = (await call('images.list', {}, carol)).images.map(({ name }) => name);
    expect(others).not.toContain(image);
  });

  test('is not theirs to change, by no name', async () => {
    const { codeOf, tags } = await shared(groups);
    const before = await tags();
    for (const name of ['thesis', image]) {
      for (const id of [
        'images.rollback',
        'images.delete',
        'images.share',
        'images.history',
        'images.log',
      ] as const) {
        expect([id, name, await codeOf(id, { name }, bob)]).toEqual([
          id,
          name,
          name === 'thesis' ? 'image.not-found' : 'name.invalid',
        ]);
      }
    }
    expect(await codeOf('images.tag', { name: 'thesis', to: 'x' }, bob)).toBe('image.not-found');
    expect(await tags()).toEqual(before);
  });

  test('is gone for them when it is taken back, but what they made stays', async () => {
    const { world, call, codeOf } = await shared(groups);
    await deployed(world, 'copy', { caller: bob, image, ...cpuOnly });
    const whom = groups ? { groups: ['lab'] } : { users: ['bob'] };
    const { sharedWith } = await call('images.share', { name: 'thesis', ...whom, remove: true });
    expect(sharedWith).toEqual({ users: [], groups: [] });
    expect(await codeOf('images.show', { name: image }, bob)).toBe('image.not-found');
    expect(await codeOf('containers.restart', { name: 'copy', timeoutSeconds: 0 }, bob)).toBe('ok');
  });
});

test('layers that were kept of containers are shared with nobody', async () => {
  const { world, codeOf, call } = await shared();
  const repository = image;
  const { container } = await deployed(world, 'other', cpuOnly);
  await world.engine.commitContainer(container.id, { repository, tag: 'kept-1', pause: false });
  expect(await codeOf('images.show', { name: image, tag: 'kept-1' }, bob)).toBe('image.not-found');
  await expect(
    deployed(world, 'copy', { caller: bob, image: `${image}:kept-1`, ...cpuOnly }),
  ).rejects.toMatchObject({ code: 'image.not-found' });
  const listed = (await call('images.list', {}, bob)).images.flatMap(({ tags }) => tags);
  expect(listed).not.toContain(`${image}:kept-1`);
});

test('users and groups that aren’t there are refused', async () => {
  const { codeOf, call } = await shared();
  const share = (input: object) => codeOf('images.share', { name: 'thesis', ...input });
  expect(await share({ users: ['nobody-at-all'] })).toBe('user.unknown');
  expect(await share({ groups: ['nothing'] })).toBe('request.invalid');
  const preview = await call('images.share', { name: 'thesis', users: ['carol'] }, alice, {
    dryRun: true,
  });
  expect(preview.sharedWith.users).toEqual(['bob', 'carol']);
  expect((await call('images.show', { name: 'thesis' })).sharedWith.users).toEqual(['bob']);
});

test('an account that got the name of somebody who left has nothing of theirs', async () => {
  const { codeOf } = await shared();
  const later = { ...bob, owner: { ...bob.owner, uid: 9999 } };
  expect(await codeOf('images.show', { name: image }, later)).toBe('image.not-found');
});

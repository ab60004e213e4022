import { expect, test } from 'vitest';
import { built } from '../testing/builds.ts';
import { deployed } from '../testing/commands.ts';
import { imageWorld } from '../testing/images.ts';
import { alice, bob } from '../testing/people.ts';
import { hourMs } from '../testing/world.ts';

const dayMs = 24 * hourMs;
const cpuOnly = { gpu: { kind: 'none' } } as const;

async function withBuilds(count: number) {
  const images = imageWorld();
  for (let version = 1; version <= count; version += 1) {
    await built(images.world.deps(), `FROM ds01/busybox\nRUN make v${String(version)}\n`);
    images.world.clock.advance(hourMs);
  }
  const { versions } = await images.call('images.history', { name: 'thesis' });
  return { ...images, builds: versions.map(({ build }) => build ?? '') };
}

test('an image goes with all its tags, its records and with whom it is shared', async () => {
  const { call, codeOf, tags, world } = await withBuilds(2);
  await call('images.share', { name: 'thesis', users: ['bob'] });
  const preview = await call('images.delete', { name: 'thesis' }, alice, { dryRun: true });
  const done = await call('images.delete', { name: 'thesis' });
  expect(done.tags.toSorted()).toEqual(preview.tags.toSorted());
  expect(done).toMatchObject({ kept: [], ids: expect.any(Array) });
  expect(done.ids.toSorted()).toEqual(preview.ids.toSorted());
  expect(done.ids).toHaveLength(2);
  expect(done.freedBytes).toBe(preview.freedBytes);
  expect(await tags()).toEqual(['ds01/busybox:latest']);
  expect(await codeOf('images.history', { name: 'thesis' })).toBe('image.not-found');
  await world.engine.tagImage('ds01/busybox', { repository: 'ds01-alice/thesis', tag: 'latest' });
  expect((await call('images.show', { name: 'thesis' })).sharedWith.users).toEqual([]);
});

test('what a tag of a build meant once it never means anew', async () => {
  const { call, tags, world } = imageWorld();
  await built(world.deps(), 'FROM ds01/busybox\nLABEL v=1\n');
  const before = await tags();
  await call('images.delete', { name: 'thesis' });
  await built(world.deps(), 'FROM ds01/busybox\nLABEL v=2\n');
  const isBuild = (tag: string) => tag.includes('thesis:b');
  const again = (await tags()).filter(isBuild);
  expect(again).toHaveLength(1);
  expect(before.filter(isBuild)).not.toEqual(again);
});

test('a tag goes alone while another leads to the same version', async () => {
  const { call, tags, builds } = await withBuilds(1);
  const done = await call('images.delete', { name: 'thesis', tag: 'latest' });
  expect(done).toMatchObject({ tags: ['ds01-alice/thesis:latest'], ids: [], freedBytes: 0 });
  expect(await tags()).toContain(`ds01-alice/thesis:${builds[0] ?? ''}`);
});

test('containers of its owner, stopped ones too, keep an image unless it is forced', async () => {
  const { world, call, codeOf, tags } = await withBuilds(1);
  await deployed(world, 'thesis', { image: null, ...cpuOnly });
  await call('containers.stop', { name: 'thesis', timeoutSeconds: 0 });
  await expect(call('images.delete', { name: 'thesis' })).rejects.toMatchObject({
    code: 'image.in-use',
    message: expect.stringContaining('thesis'),
  });
  const { id } = (await call('images.show', { name: 'thesis' })).image;
  const done = await call('images.delete', { name: 'thesis', force: true });
  expect(done).toMatchObject({ ids: [], freedBytes: 0, kept: [{ name: expect.any(String) }] });
  expect(await codeOf('images.show', { name: 'thesis' })).toBe('image.not-found');
  expect((await call('images.list', {})).images.filter(({ own }) => own)).toEqual([]);
  expect(await world.engine.inspectImage(id)).not.toBeNull();
  expect(await codeOf('containers.start', { name: 'thesis' })).toBe('ok');
  await call('containers.retire', { name: 'thesis' });
  const pruned = await call('images.prune', {});
  expect(pruned.ids).toEqual([id]);
  expect(pruned.freedBytes).toBeGreaterThanOrEqual(0);
  expect(await tags()).toEqual(['ds01/busybox:latest']);
});

test('what others made from a shared image keeps working when its owner deletes it', async () => {
  const { world, call, codeOf } = await withBuilds(1);
  await call('images.share', { name: 'thesis', users: ['bob'] });
  const image = 'ds01-alice/thesis';
  await deployed(world, 'copy', { caller: bob, image, ...cpuOnly });
  await call('containers.stop', { name: 'copy', timeoutSeconds: 0 }, bob);
  const done = await call('images.delete', { name: 'thesis' });
  expect(done.kept).toMatchObject([{ reason: expect.stringContaining('keep working') }]);
  expect(JSON.stringify(done)).not.toContain('bob');
  expect(await codeOf('containers.start', { name: 'copy' }, bob)).toBe('ok');
  await expect(deployed(world, 'again', { caller: bob, image, ...cpuOnly })).rejects.toMatchObject({
    code: 'image.not-found',
  });
});

test('pruning keeps what is used, tagged or latest, and the young', async () => {
  const { world, call, builds, tags } = await withBuilds(4);
  const [newest = '', third = '', second = '', first = ''] = builds;
  await call('images.tag', { name: 'thesis', from: second, to: 'paper' });
  await deployed(world, 'old', { image: `thesis:${third}`, ...cpuOnly });
  const preview = await call('images.prune', { olderThanDays: 0 }, alice, { dryRun: true });
  expect(preview.tags).toEqual([`ds01-alice/thesis:${first}`]);
  const young = await call('images.prune', { olderThanDays: 7 });
  expect(young.tags).toEqual([]);
  const done = await call('images.prune', {});
  expect(done.tags).toEqual([`ds01-alice/thesis:${first}`]);
  expect(done.freedBytes).toBe(preview.freedBytes);
  expect(done.kept.map(({ reason }) => reason).toSorted()).toEqual([
    'it has the tag paper',
    'it is in use: latest leads to it',
    'made from it: old',
  ]);
  expect(await tags()).toEqual(
    expect.arrayContaining([newest, third, second].map((build) => `ds01-alice/thesis:${build}`)),
  );
  const { versions } = await call('images.history', { name: 'thesis' });
  expect(versions.map(({ build }) => build)).toEqual([newest, third, second]);
});

test('a kept layer stays as long as the site keeps them', async () => {
  const { world, call } = imageWorld();
  const repository = 'ds01-alice/thesis';
  const { container } = await deployed(world, 'other', cpuOnly);
  await world.engine.commitContainer(container.id, { repository, tag: 'kept-1', pause: false });
  expect((await call('images.prune', {})).tags).toEqual([]);
  world.clock.advance(8 * dayMs);
  expect((await call('images.prune', {})).tags).toEqual([`${repository}:kept-1`]);
});

test('nobody prunes what is somebody else’s', async () => {
  const { call, tags } = await withBuilds(3);
  const before = await tags();
  expect(await call('images.prune', {}, bob)).toEqual({
    tags: [],
    ids: [],
    freedBytes: 0,
    kept: [],
  });
  expect(await tags()).toEqual(before);
});

import { expect, test } from 'vitest';
import { built } from '../testing/builds.ts';
import { deployed } from '../testing/commands.ts';
import { imageWorld } from '../testing/images.ts';
import { bob } from '../testing/people.ts';
import { hourMs } from '../testing/world.ts';

/** Alice's thesis, built twice, with a tag on the first. */
async function twice() {
  const images = imageWorld();
  const { world, call } = images;
  await built(world.deps(), 'FROM ds01/busybox\nLABEL v=1\n');
  await call('images.tag', { name: 'thesis', to: 'experiment-1' });
  world.clock.advance(hourMs);
  await built(world.deps(), 'FROM ds01/busybox\nLABEL v=2\n');
  const { versions } = await call('images.history', { name: 'thesis' });
  const [second, first] = versions;
  return { ...images, first: first?.build ?? '', second: second?.build ?? '' };
}

test('each build is a version, the newest first, and what is used is marked', async () => {
  const { call } = await twice();
  const { versions } = await call('images.history', { name: 'thesis' });
  expect(versions.map(({ state, current }) => [state, current])).toEqual([
    ['succeeded', true],
    ['succeeded', false],
  ]);
  expect(versions[1]?.tags).toContain('experiment-1');
  expect(versions[0]?.tags).toContain('latest');
});

test('a rollback makes the version before the one that is used, and says what it was', async () => {
  const { call, first, second } = await twice();
  const preview = await call('images.rollback', { name: 'thesis' }, undefined, { dryRun: true });
  expect(preview.note).toBe(`thesis would be ${first} instead of ${second}`);
  const { note } = await call('images.rollback', { name: 'thesis' });
  expect(note).toBe(`thesis is ${first} now; it was ${second}`);
  const { versions } = await call('images.history', { name: 'thesis' });
  expect(versions.find(({ current }) => current)?.build).toBe(first);
  await call('images.rollback', { name: 'thesis', to: second });
  const after = await call('images.history', { name: 'thesis' });
  expect(after.versions.find(({ current }) => current)?.build).toBe(second);
});

test('without a version before there is nothing to go back to', async () => {
  const { codeOf, call, first } = await twice();
  await call('images.rollback', { name: 'thesis', to: first });
  expect(await codeOf('images.rollback', { name: 'thesis' })).toBe('image.not-found');
  expect(await codeOf('images.rollback', { name: 'thesis', to: 'no-such' })).toBe(
    'image.not-found',
  );
});

test('a tag that is there moves only when forced, and those of builds never', async () => {
  const { call, codeOf, first, tags } = await twice();
  expect(await codeOf('images.tag', { name: 'thesis', to: 'experiment-1' })).toBe('image.exists');
  for (const to of [first, 'b20990101-7', 'kept-1']) {
    const input = { name: 'thesis', to, force: true };
    expect([to, await codeOf('images.tag', input)]).toEqual([to, 'image.invalid']);
  }
  const { note } = await call('images.tag', { name: 'thesis', to: 'experiment-1', force: true });
  expect(note).toMatch(new RegExp(`^thesis:experiment-1 is b.* now; it was ${first}$`));
  expect(await tags()).toContain(`ds01-alice/thesis:${first}`);
});

test('what has no other tag keeps one when latest leads elsewhere', async () => {
  const { world, call, codeOf, tags } = imageWorld();
  const repository = 'ds01-alice/thesis';
  const { container } = await deployed(world, 'other', { gpu: { kind: 'none' } });
  await world.engine.commitContainer(container.id, { repository, tag: 'latest', pause: false });
  await world.engine.tagImage('ds01/busybox', { repository, tag: 'old' });
  await call('images.rollback', { name: 'thesis', to: 'old' });
  expect(await tags()).toContain(`${repository}:was-latest-1`);
  expect(await codeOf('images.rollback', { name: 'thesis', to: 'was-latest-1' })).toBe('ok');
});

test('what was fetched keeps a tag when a build takes the name', async () => {
  const { world, call } = imageWorld({ registry: [{ tags: ['quay.io/lab/thesis:latest'] }] });
  const fetched = await call('images.pull', { reference: 'quay.io/lab/thesis' });
  await built(world.deps(), 'FROM ds01/busybox\n');
  const shown = await call('images.show', { name: 'thesis', tag: 'was-latest-1' });
  expect(shown.image.id).toBe(fetched.image.id);
  await built(world.deps(), 'FROM ds01/busybox\nLABEL v=2\n');
  const { versions } = await call('images.history', { name: 'thesis' });
  expect(versions.flatMap(({ tags }) => tags).filter((tag) => tag.startsWith('was-'))).toEqual([
    'was-latest-1',
  ]);
});

test('the log of a build is there by its own tag and by any other, a failed one in the history', async () => {
  const { world, call, codeOf, first } = await twice();
  const log = await call('images.log', { name: 'thesis', build: 'experiment-1' });
  expect(log).toMatchObject({ build: first, state: 'succeeded', cut: false });
  expect(log.text).toContain('LABEL v=1');
  expect(await codeOf('images.log', { name: 'thesis', build: 'no-such' })).toBe('build.not-found');
  expect(await codeOf('images.log', { name: 'thesis' }, bob)).toBe('image.not-found');
  await expect(built(world.deps(), 'FROM ds01/busybox\nRUN false\n')).rejects.toMatchObject({
    code: 'image.build-failed',
  });
  const { versions } = await call('images.history', { name: 'thesis' });
  expect(versions[0]?.state).not.toBe('succeeded');
});

test('an image is shown with its steps, the Dockerfile of its build and no value of a variable', async () => {
  const { world, call } = imageWorld();
  const dockerfile = 'FROM ds01/busybox\nENV TOKEN=s3cret\n';
  await built(world.deps(), dockerfile, {
    dockerfilePath: '/home/alice/workspace/thesis/Dockerfile',
  });
  const view = await call('images.show', { name: 'thesis' });
  expect(view.dockerfile).toEqual({
    text: dockerfile,
    path: '/home/alice/workspace/thesis/Dockerfile',
  });
  expect(view.env).toContain('TOKEN');
  expect(view.layers.length).toBeGreaterThan(0);
  expect(JSON.stringify({ ...view, dockerfile: null, layers: [] })).not.toContain('s3cret');
  const base = await call('images.show', { name: 'ds01/busybox' });
  expect(base).toMatchObject({ dockerfile: null, image: { own: false } });
});

test('containers of an image count, and tell when it was last used', async () => {
  const { world, call } = await twice();
  await deployed(world, 'thesis', { image: null, gpu: { kind: 'none' } });
  const { images } = await call('images.list', {});
  const latest = images.find(({ tags }) => tags.includes('ds01-alice/thesis:latest'));
  expect(latest).toMatchObject({ containers: 1, lastUsedAt: expect.any(String), own: true });
  const { versions } = await call('images.history', { name: 'thesis' });
  expect(versions[0]?.containers).toEqual(['thesis']);
  await call('containers.retire', { name: 'thesis' });
  const after = await call('images.list', {});
  expect(after.images.find(({ id }) => id === latest?.id)).toMatchObject({
    containers: 0,
    lastUsedAt: latest?.lastUsedAt,
  });
});

import { ds01Error } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { built } from '../testing/builds.ts';
import { deployed } from '../testing/commands.ts';
import { imageWorld } from '../testing/images.ts';
import { alice, bob } from '../testing/people.ts';

const host = 'registry.example.org';
const auth = { username: 'alice', password: 'c4nary-s3cret' };
const target = `${host}/team/thesis:v1`;
const cpuOnly = { gpu: { kind: 'none' } } as const;

function withRegistry(settings?: string) {
  return imageWorld({
    registryAccounts: { [host]: auth },
    ...(settings === undefined ? {} : { settings }),
  });
}

test('an image goes to a registry and comes back after it was deleted here', async () => {
  const images = withRegistry();
  const { world, call, codeOf, tags } = images;
  await built(world.deps(), 'FROM ds01/busybox\nRUN make it\n');
  const before = await tags();
  const pushed = await call('images.push', { name: 'thesis', target, auth });
  expect(pushed).toMatchObject({ target, digest: expect.stringMatching(/^sha256:/) });
  expect(await tags()).toEqual(before);
  await call('images.delete', { name: 'thesis' });
  expect(await codeOf('images.show', { name: 'thesis' })).toBe('image.not-found');
  const pulled = await call('images.pull', { reference: target, auth });
  expect(pulled.image).toMatchObject({ name: 'thesis:v1', tags: ['ds01-alice/thesis:v1'] });
  expect(await tags()).toEqual(['ds01-alice/thesis:v1', 'ds01/busybox:latest']);
  await deployed(world, 'again', { image: 'thesis:v1', ...cpuOnly });
  expect(await codeOf('images.show', { name: target }, bob)).toBe('image.not-found');
  const ledger = world.store.transaction(({ meta }) => JSON.stringify(meta.list('')));
  expect(ledger + world.logged.join()).not.toContain(auth.password);
  expect(world.store.transaction(({ meta }) => meta.list('image-transit:'))).toEqual([]);
});

test('wrong credentials are the registry’s refusal, and leave nothing behind', async () => {
  const { world, codeOf, tags } = withRegistry();
  await built(world.deps(), 'FROM ds01/busybox\n');
  const before = await tags();
  const wrong = { username: 'alice', password: 'wrong' };
  for (const given of [null, wrong]) {
    expect(await codeOf('images.push', { name: 'thesis', target, auth: given })).toBe(
      'registry.denied',
    );
    expect(await codeOf('images.pull', { reference: target, auth: given })).toBe('registry.denied');
  }
  expect(await codeOf('images.pull', { reference: target, auth })).toBe('image.not-found');
  expect(await tags()).toEqual(before);
});

test('what is on its way is nobody else’s, whatever the registry’s name says', async () => {
  const { world, call, codeOf } = withRegistry();
  await built(world.deps(), 'FROM ds01/busybox\nRUN private\n');
  const seen: string[] = [];
  world.engine.setCallHook(async ({ name, phase }) => {
    if (name !== 'pushImage' || phase !== 'before') return;
    world.engine.setCallHook(null);
    seen.push(await codeOf('images.show', { name: target }, bob));
    seen.push(await codeOf('images.show', { name: target }, alice));
    seen.push(
      await deployed(world, 'theft', { caller: bob, image: target, ...cpuOnly }).then(
        () => 'deployed',
        (error: unknown) => String(Reflect.get(Object(error), 'code')),
      ),
    );
  });
  await call('images.push', { name: 'thesis', target, auth });
  expect(seen).toEqual(['image.not-found', 'ok', 'image.not-found']);
});

test('what is fetched by its digest is nobody else’s before it has a name either', async () => {
  const reference = `${host}/team/base@sha256:${'a'.repeat(64)}`;
  const { world, call, tags } = imageWorld({
    registryAccounts: { [host]: auth },
    registry: [{ tags: [`${host}/team/base:1`], digests: [reference] }],
  });
  const seen: string[] = [];
  world.engine.setCallHook(async ({ name, phase }) => {
    if (name !== 'pullImage' || phase !== 'after') return;
    world.engine.setCallHook(null);
    seen.push(
      await deployed(world, 'theft', { caller: bob, image: reference, ...cpuOnly }).then(
        () => 'deployed',
        (error: unknown) => String(Reflect.get(Object(error), 'code')),
      ),
    );
  });
  await call('images.pull', { reference, name: 'base', auth });
  expect(seen).toEqual(['image.not-found']);
  expect(await tags()).toEqual(['ds01-alice/base:latest', 'ds01/busybox:latest']);
});

test('a public name leads where it led before', async () => {
  const { world, call } = withRegistry();
  await built(world.deps(), 'FROM ds01/busybox\nRUN private\n');
  await world.engine.tagImage('ds01/busybox', { repository: `${host}/team/thesis`, tag: 'v1' });
  const before = (await world.engine.inspectImage(target))?.id;
  await call('images.push', { name: 'thesis', target, auth });
  expect((await world.engine.inspectImage(target))?.id).toBe(before);
  await call('images.pull', { reference: target, name: 'copy', auth });
  expect((await world.engine.inspectImage(target))?.id).toBe(before);
  expect((await call('images.show', { name: 'copy', tag: 'v1' })).image.own).toBe(true);
});

test('a name of this server is no target, nor anything to fetch', async () => {
  const { world, codeOf, tags } = withRegistry();
  await built(world.deps(), 'FROM ds01/busybox\n');
  await built(world.deps(), 'FROM ds01/busybox\nRUN bobs\n', { caller: bob });
  const before = await tags();
  for (const name of [
    'ds01-bob/thesis',
    'docker.io/ds01-bob/thesis:latest',
    'ds01/busybox',
    'index.docker.io/ds01-alice/x',
  ]) {
    expect(await codeOf('images.push', { name: 'thesis', target: name })).toBe('image.invalid');
    expect(await codeOf('images.pull', { reference: name })).toBe('image.not-found');
  }
  expect(await codeOf('images.push', { name: 'thesis', target: 'localhost:5000/x' })).toBe(
    'registry.refused',
  );
  expect(await codeOf('images.pull', { reference: 'localhost:5000/x' })).toBe('registry.refused');
  expect(await tags()).toEqual(before);
});

test('the id of an image is no name in a registry', async () => {
  const { world, codeOf, tags } = withRegistry();
  await built(world.deps(), 'FROM ds01/busybox\nRUN private\n');
  const before = await tags();
  const id = (await world.engine.inspectImage('ds01-alice/thesis'))?.id ?? '';
  for (const name of [id, id.slice(0, 19), `docker.io/${id}`, 'sha256', `sha256@${id}`]) {
    expect(await codeOf('images.pull', { reference: name, name: 'x' }, bob)).toBe(
      'image.not-found',
    );
    expect(await codeOf('images.push', { name: 'thesis', target: name })).toBe('image.invalid');
  }
  expect(await tags()).toEqual(before);
  expect(world.store.transaction(({ meta }) => meta.list('image-transit:'))).toEqual([]);
});

test('what is fetched moves latest alone, and what that was stays', async () => {
  const { world, call, codeOf, tags } = withRegistry();
  await built(world.deps(), 'FROM ds01/busybox\nRUN one\n');
  await call('images.push', { name: 'thesis', target, auth });
  await call('images.push', { name: 'thesis', target: `${host}/team/thesis`, auth });
  await call('images.push', { name: 'thesis', target: `${host}/team/thesis:b20260101-1`, auth });
  await call('images.delete', { name: 'thesis' });
  const repository = 'ds01-alice/thesis';
  for (const tag of ['latest', 'v1'])
    await world.engine.tagImage('ds01/busybox', { repository, tag });
  expect(await codeOf('images.pull', { reference: target, auth })).toBe('image.exists');
  await world.engine.removeImage(`${repository}:v1`);
  const { note } = await call('images.pull', { reference: `${host}/team/thesis`, auth });
  expect(note).toContain('was-latest-1');
  const reserved = await call('images.pull', {
    reference: `${host}/team/thesis:b20260101-1`,
    auth,
  });
  expect(reserved.image.tags).toContain(`${repository}:pulled-b20260101-1`);
  expect(await tags()).toContain(`${repository}:was-latest-1`);
});

test('what a crash leaves is nobody else’s, and is put back later', async () => {
  const { world, codeOf, tags } = withRegistry();
  await built(world.deps(), 'FROM ds01/busybox\nRUN private\n');
  const before = await tags();
  const repository = `${host}/team/thesis`;
  const expiresAtMs = world.clock.nowMs() + 60_000;
  world.store.transaction(({ meta }) =>
    meta.set(`image-transit:${target}`, JSON.stringify({ uid: 2001, before: null, expiresAtMs })),
  );
  await world.engine.tagImage('ds01-alice/thesis', { repository, tag: 'v1' });
  await codeOf('containers.list', { all: true }, bob);
  expect(await tags()).toContain(target);
  expect(await codeOf('images.show', { name: target }, bob)).toBe('image.not-found');
  expect(await codeOf('images.push', { name: 'thesis', target, auth: null }, bob)).toBe(
    'image.not-found',
  );
  world.clock.advance(61_000);
  await codeOf('containers.list', { all: true }, bob);
  expect(await tags()).toEqual(before);
  expect(world.store.transaction(({ meta }) => meta.list('image-transit:'))).toEqual([]);
});

test('a name that can’t be put back is tried again later, and hinders nobody meanwhile', async () => {
  const { world, codeOf, tags } = withRegistry();
  await built(world.deps(), 'FROM ds01/busybox\nRUN private\n');
  const note = JSON.stringify({ uid: 2001, before: null, expiresAtMs: 0 });
  world.store.transaction(({ meta }) => meta.set(`image-transit:${target}`, note));
  await world.engine.tagImage('ds01-alice/thesis', {
    repository: `${host}/team/thesis`,
    tag: 'v1',
  });
  let tries = 0;
  world.engine.setCallHook(({ name, phase }) => {
    if (name !== 'removeImage' || phase !== 'before') return;
    tries += 1;
    throw ds01Error('engine.error', { message: 'it does not go' });
  });
  expect(await codeOf('containers.list', { all: true }, bob)).toBe('ok');
  expect(await codeOf('containers.list', { all: true }, bob)).toBe('ok');
  expect(tries).toBe(1);
  expect(await codeOf('images.show', { name: target }, bob)).toBe('image.not-found');
  world.engine.setCallHook(null);
  world.clock.advance(61_000);
  expect(await codeOf('containers.list', { all: true }, bob)).toBe('ok');
  expect(await tags()).not.toContain(target);
});

import { isDs01Error } from '@ds01/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { built } from '../testing/builds.ts';
import { deployed } from '../testing/commands.ts';
import { imageWorld, type ImageWorld } from '../testing/images.ts';
import { alice, bob } from '../testing/people.ts';

const people = { alice, bob } as const;
type Person = keyof typeof people;

const accounts = { '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n', '/etc/group': 'root:x:0:\n' };
const target = 'registry.example.org/team/a:v1';

/** A name of an own image, of the other's by every spelling, and of everybody's. */
const names = [
  'a',
  'b',
  'ds01-alice/a',
  'ds01-bob/a',
  'docker.io/ds01-alice/a',
  'index.docker.io/ds01-bob/a:latest',
  'ds01-alice/a:v1',
  'ds01-bob/deleted__images',
  'library/a',
  target,
  'id of alice',
  'id of bob',
] as const;
const tags = ['latest', 'v1', 'v2', 'b20260101-1', 'kept-1'] as const;
const what = [
  'list',
  'show',
  'packages',
  'diff',
  'history',
  'log',
  'tag',
  'rollback',
  'delete',
  'prune',
  'push',
  'pull',
  'deploy',
  'retire',
  'commit',
  'container packages',
  'build on',
] as const;

const step = fc.record({
  who: fc.constantFrom<Person>('alice', 'bob'),
  what: fc.constantFrom(...what),
  name: fc.constantFrom(...names),
  tag: fc.constantFrom(...tags),
  force: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** An image that can be told by a package in it. */
function imageOf(who: Person) {
  const metadata = `/usr/lib/python3/dist-packages/secret_of_${who}-1.dist-info/METADATA`;
  return {
    tags: [`ds01-${who}/a`, `ds01-${who}/a:b20260101-1`],
    files: { ...accounts, [metadata]: `Name: secret-of-${who}\nVersion: 1\n` },
    env: [`SECRET_OF_${who.toUpperCase()}=1`],
    layers: [`sha256:layer-of-${who}`],
  };
}

async function run(images: ImageWorld, one: Step, ids: Readonly<Record<Person, string>>) {
  const { call, world } = images;
  const who = people[one.who];
  const name = one.name
    .replace('id of alice', ids.alice.replace('sha256:', ''))
    .replace('id of bob', ids.bob.replace('sha256:', ''));
  const { tag, force } = one;
  const container = 'box';
  switch (one.what) {
    case 'list':
      return call('images.list', {}, who);
    case 'show':
      return call('images.show', { name, tag }, who);
    case 'packages':
      return call('images.packages', { name, tag }, who);
    case 'diff':
      return call('images.diff', { name: 'ds01/busybox', otherName: name, otherTag: tag }, who);
    case 'history':
      return call('images.history', { name }, who);
    case 'log':
      return call('images.log', { name, build: tag }, who);
    case 'tag':
      return call('images.tag', { name, to: tag, force }, who);
    case 'rollback':
      return call('images.rollback', { name, to: tag }, who);
    case 'delete':
      return call('images.delete', { name, tag: force ? null : tag, force }, who);
    case 'prune':
      return call('images.prune', {}, who);
    case 'push':
      return call('images.push', { name, tag, target: force ? name : target }, who);
    case 'pull':
      return call('images.pull', { reference: name, name: force ? 'a' : null }, who);
    case 'deploy':
      return deployed(world, container, { caller: who, image: name, gpu: { kind: 'none' } });
    case 'retire':
      return call('containers.retire', { name: container, timeoutSeconds: 0 }, who);
    case 'commit':
      return call('containers.commit', { name: container, image: 'a', tag }, who);
    case 'container packages':
      return call('containers.packages', { name: container }, who);
    case 'build on':
      return built(world.deps(), `FROM ${name}\nRUN mine\n`, { caller: who, name: 'b' });
  }
}

/** Where every tag of a person's leads. */
async function tagsOf({ world }: ImageWorld, who: Person): Promise<string> {
  const all = await world.engine.listImages();
  const own = all.flatMap(({ id, tags: given }) =>
    given.filter((tag) => tag.startsWith(`ds01-${who}/`)).map((tag) => `${tag} ${id}`),
  );
  return own.toSorted().join('\n');
}

test('nothing that one person does reads, moves or takes away what is another’s', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const images = imageWorld({
        images: [imageOf('alice'), imageOf('bob')],
        registryAccounts: {},
      });
      const idOf = async (who: Person) =>
        (await images.world.engine.inspectImage(`ds01-${who}/a`))?.id ?? '';
      const ids = { alice: await idOf('alice'), bob: await idOf('bob') };
      for (const one of steps.filter((given) => given.what !== 'push' && given.what !== 'pull')) {
        const other = one.who === 'alice' ? 'bob' : 'alice';
        const before = await tagsOf(images, other);
        const result = await run(images, one, ids).catch((error: unknown) => {
          if (!isDs01Error(error)) throw error;
          return { message: error.message, details: error.details };
        });
        const told = JSON.stringify(result);
        expect(await tagsOf(images, other)).toBe(before);
        expect(told).not.toMatch(new RegExp(`secret[-_]of[-_]${other}`, 'i'));
        expect(told).not.toContain(`layer-of-${other}`);
      }
      images.world.close();
    }),
    { numRuns: process.env['DS01_TEST_LONG'] === '1' ? 1000 : 60 },
  );
});

test('with a registry that only Alice may use, what she sends and fetches stays hers', async () => {
  const auth = { username: 'alice', password: 'hers' };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 14 }), async (steps) => {
      const images = imageWorld({
        images: [imageOf('alice'), imageOf('bob')],
        registryAccounts: { 'registry.example.org': auth },
      });
      const push = { name: 'a', target, auth };
      const pull = { reference: target, name: 'b', auth };
      for (const one of steps) {
        await images.call('images.push', push).catch(isDs01Error);
        await images.call('images.pull', pull).catch(isDs01Error);
        const before = await tagsOf(images, 'alice');
        const result = await run(images, { ...one, who: 'bob' }, { alice: '', bob: '' }).catch(
          (error: unknown) => {
            if (!isDs01Error(error)) throw error;
            return error.message;
          },
        );
        expect(await tagsOf(images, 'alice')).toBe(before);
        expect(JSON.stringify(result)).not.toMatch(/secret[-_]of[-_]alice|layer-of-alice/i);
        expect(await images.tags()).not.toContain(target);
      }
      images.world.close();
    }),
    { numRuns: process.env['DS01_TEST_LONG'] === '1' ? 500 : 30 },
  );
});

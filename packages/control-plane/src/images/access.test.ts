import { groupNameSchema, imageReferenceSchema, objectNameSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { alice, bob, carol } from '../testing/people.ts';
import { createWorld, type World } from '../testing/world.ts';
import { imageAccess } from './access.ts';
import { findLocalImage } from './find-image.ts';
import { writeShare } from './shares.ts';
import { withTagInTransit } from './transits.ts';

const student = groupNameSchema.parse('student');

function accessIn(world: World, person = alice) {
  return world.store.transaction(({ meta }) =>
    imageAccess(meta, { owner: person.owner, group: student }),
  );
}

const images = [
  { tags: ['debian:12'] },
  { tags: ['ds01-bob/secret'] },
  { tags: ['ds01-bob/public', 'lab/tools:1'] },
  { tags: ['ds01-alice/thesis', 'ds01-alice/thesis:exp'] },
  { tags: ['reg.example.org/team/private:1'] },
  { tags: [] },
];

/** Under which name Alice gets what she asks for; `null` when nobody has it. */
async function found(
  world: World,
  reference: string,
  person = alice,
  own: 'first' | 'last' = 'last',
) {
  const image = await findLocalImage(
    world.deps(),
    {
      reference: imageReferenceSchema.parse(reference),
      slug: person.owner.slug,
      access: accessIn(world, person),
      own,
    },
    {},
  );
  return image?.reference ?? null;
}

const notFound = expect.objectContaining({ code: 'image.not-found' });

describe('who may read an image', () => {
  test('one’s own and everybody’s, by any name that the engine takes for theirs', async () => {
    const world = createWorld({ images });
    expect(await found(world, 'thesis')).toBe('ds01-alice/thesis:latest');
    expect(await found(world, 'thesis:exp')).toBe('ds01-alice/thesis:exp');
    expect(await found(world, 'lab/tools:1')).toBe('lab/tools:1');
    const id = (await world.engine.inspectImage('debian:12'))?.id ?? '';
    expect(await found(world, id)).toBe(id);
  });

  test('another person’s isn’t there, by no name and no id; nor what has no name', async () => {
    const world = createWorld({ images });
    const secret = (await world.engine.inspectImage('ds01-bob/secret'))?.id ?? '';
    const nameless =
      (await world.engine.listImages()).find(({ tags }) => tags.length === 0)?.id ?? '';
    const names = ['ds01-bob/secret', 'ds01-bob/secret:latest', 'ds01-bob/public'];
    for (const reference of [...names, secret, secret.slice(7), nameless]) {
      await expect(found(world, reference), reference).rejects.toEqual(notFound);
    }
    expect(await found(world, secret, bob)).toBe(secret);
  });

  test('the prefix of the default registry is no way around', () => {
    const access = accessIn(createWorld());
    for (const prefix of ['', 'docker.io/', 'index.docker.io/', 'DOCKER.IO/']) {
      const name = `${prefix}ds01-bob/x:1`;
      expect(access.mayRead({ tags: [name], digests: [] }, name)).toBe(false);
      expect(access.mayRead({ tags: ['x:1', 'ds01-bob/x:1'], digests: [] }, name)).toBe(false);
    }
  });

  test('what is shared with a person or their group, for as long as it is', async () => {
    const world = createWorld({ images });
    const share = (users: readonly (typeof alice)[], groups: readonly string[]) =>
      world.store.transaction(({ meta }) =>
        writeShare(
          meta,
          { slug: bob.owner.slug, name: objectNameSchema.parse('secret') },
          {
            by: 'bob',
            users: users.map(({ owner }) => ({ name: owner.name, uid: owner.uid })),
            groups: [...groups],
          },
        ),
      );
    share([alice], []);
    expect(await found(world, 'ds01-bob/secret')).toBe('ds01-bob/secret:latest');
    expect(accessIn(world).sharedBy('ds01-bob/secret:latest')).toBe('bob');
    await expect(found(world, 'ds01-bob/secret', carol)).rejects.toEqual(notFound);
    share([], ['student']);
    expect(await found(world, 'ds01-bob/secret', carol)).toBe('ds01-bob/secret:latest');
    share([], []);
    await expect(found(world, 'ds01-bob/secret')).rejects.toEqual(notFound);
  });

  test('a registry’s tag on its way is the mover’s alone', async () => {
    const world = createWorld({ images });
    const target = { repository: 'reg.example.org/team/private', tag: '1' };
    const reference = 'reg.example.org/team/private:1';
    await withTagInTransit(world.deps(), { target, uid: bob.owner.uid }, async () => {
      await expect(found(world, reference)).rejects.toEqual(notFound);
      expect(await found(world, reference, bob)).toBe(reference);
    });
    expect(await found(world, reference)).toBe(reference);
  });

  test('a bare name is one’s own first, or only where nobody else has it', async () => {
    const world = createWorld({
      images: [{ tags: ['ds01-alice/debian:12'] }, { tags: ['debian:12'] }],
    });
    expect(await found(world, 'debian:12', alice, 'first')).toBe('ds01-alice/debian:12');
    expect(await found(world, 'debian:12', alice, 'last')).toBe('debian:12');
  });
});

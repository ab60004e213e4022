import { expect, test } from 'vitest';
import { beginBuilding, built, waitingDockerfile, waitingWorld } from '../testing/builds.ts';
import { deployed } from '../testing/commands.ts';
import { imageWorld } from '../testing/images.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob } from '../testing/people.ts';
import { hourMs, type World } from '../testing/world.ts';

const base = 'FROM ds01/busybox\n';

/** Ids of what has no name, and whose builds made it. */
async function nameless(world: World): Promise<readonly (readonly [string, string | null])[]> {
  return (await world.engine.listImages())
    .filter(({ tags }) => tags.length === 0)
    .map(({ id, labels }) => [id, labels['ds01.build.owner'] ?? null] as const);
}

test('steps that nobody named go: of builds that failed, of earlier stages; another’s stay', async () => {
  const { world, call } = imageWorld();
  const stages = `${base}RUN make a\nFROM ds01/busybox\nRUN make b\n`;
  await built(world.deps(), stages);
  for (const caller of [alice, bob]) {
    const failing = built(world.deps(), `${base}RUN make c\nRUN exit 3\n`, { caller });
    await expect(failing).rejects.toMatchObject({ code: 'image.build-failed' });
  }
  const isHers = ([, owner]: readonly [string, string | null]) => owner === '2001';
  const before = await nameless(world);
  const hers = before.filter(isHers).map(([id]) => id);
  expect(hers.length).toBeGreaterThan(1);
  const preview = await call('images.prune', {}, alice, { dryRun: true });
  expect(preview.ids.toSorted()).toEqual(hers.toSorted());
  expect(await nameless(world)).toEqual(before);
  expect((await call('images.prune', { olderThanDays: 1 })).ids).toEqual([]);
  const done = await call('images.prune', {});
  expect(done).toMatchObject({ tags: [], freedBytes: preview.freedBytes });
  expect(done.ids.toSorted()).toEqual(hers.toSorted());
  expect(await nameless(world)).toEqual(before.filter((image) => !isHers(image)));
  await built(world.deps(), stages);
});

test('what a container was made from stays, whatever name it lost', async () => {
  const { world, call } = imageWorld();
  await built(world.deps(), `${base}RUN make a\n`);
  await deployed(world, 'thesis', { image: 'thesis', gpu: { kind: 'none' } });
  const { image } = await call('images.show', { name: 'thesis' });
  await call('images.delete', { name: 'thesis', force: true });
  world.clock.advance(hourMs);
  expect((await call('images.prune', {})).ids).not.toContain(image.id);
  expect(await world.engine.inspectImage(image.id)).not.toBeNull();
});

test('while a build is under way its steps stay', async () => {
  const { world, begun, letGo } = waitingWorld();
  const { call } = operationsOf(world);
  const session = await beginBuilding(world.deps(), waitingDockerfile);
  session.stdout.resume();
  await begun;
  const options = { dryRun: false };
  expect((await call('images.prune', alice, {}, options)).ids).toEqual([]);
  letGo();
  expect(await session.exited).toBe(0);
});

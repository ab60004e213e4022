import { ds01Error } from '@ds01/contracts';
import { afterEach, describe, expect, test } from 'vitest';
import { createTurns } from '../../operations/turns.ts';
import {
  beginBuilding,
  buildInputOf,
  built,
  contextOf,
  personalTags,
  recordsIn,
  waitingDockerfile,
  waitingWorld,
} from '../../testing/builds.ts';
import { listAll } from '../../testing/commands.ts';
import { brokenInvariants } from '../../testing/invariants.ts';
import { alice, bob } from '../../testing/people.ts';
import { createWorld, type World } from '../../testing/world.ts';
import { buildImage } from './build-image.ts';

const opened: World[] = [];
afterEach(() => {
  for (const world of opened.splice(0)) world.close();
});

const open = (): World => {
  const world = createWorld({ images: [{ tags: ['debian:12'] }] });
  opened.push(world);
  return world;
};

describe('a build that is cancelled', () => {
  test.each(['closed', 'told to end', 'aborted'])(
    'by being %s leaves no tag, no container, and says so',
    async (how) => {
      const { world, begun } = waitingWorld();
      const controller = new AbortController();
      const session = await beginBuilding(world.deps(), waitingDockerfile, {
        signal: controller.signal,
      });
      session.stdout.resume();
      await begun;
      expect(recordsIn(world)).toMatchObject([{ state: 'running' }]);
      if (how === 'closed') session.close();
      else if (how === 'told to end') await session.signal('SIGINT');
      else controller.abort();
      if (how === 'closed') expect(await session.exited).toBeNull();
      else await expect(session.exited).rejects.toMatchObject({ code: 'operation.interrupted' });
      expect(recordsIn(world)).toMatchObject([{ state: 'cancelled', imageId: null }]);
      expect(await personalTags(world)).toEqual([]);
      await listAll(world);
      expect(await brokenInvariants(world)).toEqual([]);
      expect(world.store.transaction(({ meta }) => meta.list('image-'))).toEqual([]);
    },
  );

  test('while its context is on the way ends at once', async () => {
    const { world } = waitingWorld();
    const session = await beginBuilding(world.deps(), waitingDockerfile, {
      archive: Buffer.alloc(0),
    });
    session.close();
    expect(await session.exited).toBeNull();
    expect(recordsIn(world)).toMatchObject([{ state: 'cancelled' }]);
  });

  test('while it waits for an earlier one of its image ends, too', async () => {
    const { world, begun, letGo } = waitingWorld();
    const options = { turns: createTurns(), imageTurn: 'image' };
    const begin = () => buildImage(world.deps(), alice, buildInputOf(waitingDockerfile), options);
    const first = await begin();
    first.stdin?.end(contextOf({}));
    await begun;
    const second = await begin();
    second.close();
    expect(await second.exited).toBeNull();
    letGo();
    first.stdout.resume();
    expect(await first.exited).toBe(0);
    expect(recordsIn(world).map(({ state }) => state)).toEqual(['cancelled', 'succeeded']);
  });

  test('because the daemon ends has the reason in its record', async () => {
    const { world, begun } = waitingWorld();
    const controller = new AbortController();
    const session = await beginBuilding(world.deps(), waitingDockerfile, {
      signal: controller.signal,
    });
    session.stdout.resume();
    await begun;
    controller.abort(ds01Error('daemon.busy', { message: 'The daemon is being restarted.' }));
    await expect(session.exited).rejects.toMatchObject({ code: 'daemon.busy' });
    expect(recordsIn(world)).toMatchObject([
      { state: 'cancelled', reason: 'The daemon is being restarted.' },
    ]);
  });
});

describe('builds of one person', () => {
  test('are at most two at once, of whatever images; others may build meanwhile', async () => {
    const { world, letGo } = waitingWorld();
    const begin = (name: string, caller = alice) =>
      beginBuilding(world.deps(), waitingDockerfile, { name, caller });
    const sessions = [await begin('one'), await begin('two')];
    await expect(begin('three')).rejects.toMatchObject({
      code: 'build.too-many',
      message: expect.stringContaining('one (b'),
    });
    sessions.push(await begin('three', bob));
    letGo();
    for (const session of sessions) {
      session.stdout.resume();
      expect(await session.exited).toBe(0);
    }
    const last = await begin('three');
    last.stdout.resume();
    expect(await last.exited).toBe(0);
  });

  test('have numbers that no other build of the image had on that day', async () => {
    const world = open();
    const day = new Date(world.clock.nowMs()).toISOString().slice(0, 10).replaceAll('-', '');
    const next = async (): Promise<string> => {
      const events = await built(world.deps(), 'FROM debian:12\n');
      const done = events.find((event) => event.event === 'done');
      return done?.event === 'done' ? done.image.build : '';
    };
    expect([await next(), await next()]).toEqual([`b${day}-1`, `b${day}-2`]);
    await expect(built(world.deps(), 'FROM debian:12\nRUN exit 3\n')).rejects.toMatchObject({
      code: 'image.build-failed',
    });
    expect(await next()).toBe(`b${day}-4`);
    // A lost ledger knows none of them; the engine does.
    world.store.transaction(({ builds }) => {
      for (const record of builds.list({ uid: null, name: null })) builds.remove(record);
    });
    expect(await next()).toBe(`b${day}-5`);
    world.clock.advance(24 * 3_600_000);
    expect(await next()).toMatch(/-1$/);
  });

  test('are remembered, the last 20 of an image, with what they printed', async () => {
    const world = open();
    for (let count = 0; count < 22; count += 1) {
      world.clock.advance(1000);
      await built(world.deps(), `FROM debian:12\nRUN echo ${count}\n`, { dockerfilePath: '/d' });
    }
    await built(world.deps(), 'FROM debian:12\n', { name: 'other' });
    const kept = recordsIn(world).filter(({ name }) => name === 'thesis');
    expect(kept).toHaveLength(20);
    expect(kept[0]).toMatchObject({ state: 'succeeded', steps: 2, dockerfilePath: '/d' });
    const text = world.store.transaction(({ builds }) => builds.text(kept[0] ?? failed()));
    expect(text).toEqual({
      dockerfile: 'FROM debian:12\nRUN echo 21\n',
      log: 'Step 1/2 : FROM debian:12\nStep 2/2 : RUN echo 21\n21\n',
      logCut: false,
    });
  });
});

function failed(): never {
  throw new Error('no build');
}

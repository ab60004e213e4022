import { expect, test } from 'vitest';
import { built } from '../testing/builds.ts';
import { deployed } from '../testing/commands.ts';
import { imageWorld } from '../testing/images.ts';
import { operationsOf } from '../testing/operations.ts';
import { cursorOf } from '../page.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';

interface Answer {
  readonly nextCursor?: string | null | undefined;
}

/** All pages of one or two items, one after the other. */
async function pages<Output extends Answer>(
  read: (page: { limit?: number; cursor?: string | null }) => Promise<Output>,
  itemsOf: (output: Output) => readonly unknown[],
): Promise<{ whole: readonly unknown[]; together: readonly unknown[]; pages: number }> {
  const together: unknown[] = [];
  let count = 0;
  for (let cursor: string | null | undefined = null, first = true; first || cursor !== null;) {
    const page: Output = await read({ limit: 2, cursor });
    together.push(...itemsOf(page));
    cursor = page.nextCursor ?? null;
    first = false;
    count += 1;
  }
  const all = await read({});
  expect(all.nextCursor).toBeUndefined();
  return { whole: itemsOf(all), together, pages: count };
}

test('lists of containers, leases and people are the same in pages', async () => {
  const world = createWorld();
  for (const name of ['c', 'a', 'b']) {
    await deployed(world, name, { gpu: { kind: name === 'a' ? 'any' : 'none' } });
    world.clock.advance(1000);
  }
  await deployed(world, 'd', { caller: bob });
  const { call } = operationsOf(world);
  const own = await pages(
    (page) => call('containers.list', alice, { all: true, ...page }),
    ({ containers }) => containers,
  );
  const every = await pages(
    (page) => call('admin.containers', dana, { all: true, ...page }),
    ({ containers }) => containers,
  );
  const leases = await pages(
    (page) => call('admin.leases', dana, page),
    ({ leases }) => leases,
  );
  const users = await pages(
    (page) => call('admin.users', dana, page),
    ({ users }) => users,
  );
  expect([own, every, leases].map(({ whole }) => whole.length)).toEqual([3, 4, 2]);
  for (const { whole, together } of [own, every, leases, users]) expect(together).toEqual(whole);
  expect([own.pages, every.pages]).toEqual([2, 2]);
});

test('images and their versions are the same in pages', async () => {
  const { world, call } = imageWorld();
  for (const [index, name] of ['thesis', 'plots', 'thesis', 'thesis'].entries()) {
    await built(world.deps(), `FROM ds01/busybox\nRUN make ${index}\n`, { name });
    world.clock.advance(1000);
  }
  const images = await pages(
    (page) => call('images.list', page),
    (output) => output.images,
  );
  const versions = await pages(
    (page) => call('images.history', { name: 'thesis', ...page }),
    (output) => output.versions,
  );
  expect(images.together).toEqual(images.whole);
  expect(versions.together).toEqual(versions.whole);
  expect(versions.pages).toBe(2);
});

test('events come in pages by cursor as by number', async () => {
  const world = createWorld();
  for (const name of ['a', 'b']) await deployed(world, name);
  const { call } = operationsOf(world);
  const whole = await call('events.list', alice, { limit: 100 });
  expect(whole).toMatchObject({ olderThan: null, nextCursor: null });
  const together: unknown[] = [];
  for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
    const page: Awaited<ReturnType<typeof call<'events.list'>>> = await call('events.list', alice, {
      limit: 2,
      cursor,
    });
    together.unshift(...page.events);
    cursor = page.nextCursor;
  }
  expect(together).toEqual(whole.events);
});

test('a cursor of one list opens no other', async () => {
  const world = createWorld();
  for (const name of ['a', 'b']) await deployed(world, name);
  const { call } = operationsOf(world);
  const { nextCursor = null } = await call('containers.list', alice, { limit: 1 });
  expect(nextCursor).not.toBeNull();
  const foreign = { cursor: nextCursor };
  const refused = { code: 'request.cursor' };
  await expect(call('images.list', alice, foreign)).rejects.toMatchObject(refused);
  await expect(call('events.list', alice, foreign)).rejects.toMatchObject(refused);
  await expect(call('admin.containers', dana, foreign)).rejects.toMatchObject(refused);
  const forged = { cursor: cursorOf('events.list', ['1; drop table events']) };
  await expect(call('events.list', alice, forged)).rejects.toMatchObject(refused);
});

import { afterEach, expect, test } from 'vitest';
import { loadCurrentPolicy } from '../policy.ts';
import { deployed } from '../testing/commands.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob } from '../testing/people.ts';
import { createWorld, type World } from '../testing/world.ts';
import {
  beginWork,
  boundWork,
  endWork,
  interruptWork,
  mostRunning,
  pruneWork,
} from './work-ledger.ts';

const dayMs = 86_400_000;
const worlds: World[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

function site(config: Readonly<Record<string, string>> = {}) {
  const world = createWorld({ accounts: [alice.owner, bob.owner], config });
  worlds.push(world);
  const deps = world.deps();
  const begin = (key: string | null, person = alice, route = 'images.pull' as const) =>
    beginWork(deps, { id: route, person, object: null, key, fingerprint: 'f', input: null });
  const end = ({ record }: ReturnType<typeof begin>) =>
    endWork(deps, record, {
      state: 'succeeded',
      status: 200,
      answer: '{"done":true}',
      lines: 0,
      progress: null,
    });
  const stored = (person = alice) =>
    deps.store.transaction(({ operations }) =>
      operations.list({ uid: person.owner.uid, running: false, before: null, limit: 10_000 }),
    );
  return { world, deps, begin, end, stored };
}

test('answers are kept as long as the site says, then their keys are new again', () => {
  const { world, deps, begin, end, stored } = site({
    'ds01.yaml': 'retention:\n  operation_days: 2\n',
  });
  const first = begin('k');
  end(first);
  world.clock.advance(2 * dayMs - 1);
  expect(pruneWork(deps, loadCurrentPolicy(deps))).toBe(0);
  expect(begin('k')).toMatchObject({ isNew: false, record: { id: first.record.id } });
  world.clock.advance(2);
  expect(pruneWork(deps, loadCurrentPolicy(deps))).toBe(1);
  expect(stored()).toEqual([]);
  expect(begin('k').isNew).toBe(true);
});

test('of one person the newest thousand are kept, of others nothing is lost by it', () => {
  const { deps, begin, end, stored } = site();
  end(begin(null, bob));
  const all = Array.from({ length: 1003 }, () => end(begin(null)));
  const running = begin(null);
  expect(boundWork(deps, alice.owner.uid)).toBe(3);
  expect(pruneWork(deps, loadCurrentPolicy(deps))).toBe(0);
  expect(stored().map(({ id }) => id)).toEqual(
    [...all.slice(3), running.record].map(({ id }) => id).toReversed(),
  );
  expect(stored(bob)).toHaveLength(1);
});

test('work under way is never forgotten, and bounded', () => {
  const { world, deps, begin, end } = site();
  const begun = Array.from({ length: mostRunning }, () => begin(null));
  expect(() => begin(null)).toThrow(/under way/);
  expect(begin(null, bob).isNew).toBe(true);
  world.clock.advance(1000 * dayMs);
  expect(pruneWork(deps, loadCurrentPolicy(deps))).toBe(0);
  for (const one of begun) end(one);
  expect(begin(null).isNew).toBe(true);
});

test('whoever gets a uid that was somebody else’s finds none of their work', async () => {
  const { world, deps, begin, end } = site();
  const others = end(begin('k'));
  const heir = { ...alice, owner: { ...bob.owner, uid: alice.owner.uid } };
  const own = begin('k', heir);
  expect(own.isNew).toBe(true);
  const operations = operationsOf(world);
  await expect(operations.call('operations.show', heir, { id: others.id })).rejects.toMatchObject({
    code: 'work.not-found',
  });
  const { operations: list } = await operations.call('operations.list', heir, {});
  expect(list.map(({ id }) => id)).toEqual([own.record.id]);
  expect(deps.store.transaction(({ operations: table }) => table.get(others.id)?.key)).toBeNull();
});

test('what was done by a route of administrators is shown to administrators alone', async () => {
  const { world, deps } = site();
  const { record } = beginWork(deps, {
    id: 'admin.notify',
    person: alice,
    object: null,
    key: null,
    fingerprint: 'f',
    input: null,
  });
  const operations = operationsOf(world);
  expect((await operations.call('operations.list', alice, {})).operations).toEqual([]);
  const asAdmin = { ...alice, role: 'admin' as const };
  const { operations: list } = await operations.call('operations.list', asAdmin, {});
  expect(list.map(({ id }) => id)).toEqual([record.id]);
});

test('an answer that is very long isn’t kept, its state is', () => {
  const { deps, begin, stored } = site();
  endWork(deps, begin(null).record, {
    state: 'succeeded',
    status: 200,
    answer: `"${'x'.repeat(2_000_000)}"`,
    lines: 0,
    progress: null,
  });
  expect(stored()).toMatchObject([{ state: 'succeeded', status: 200, answer: null }]);
});

test('what ended in time is not interrupted by the next daemon', () => {
  const { deps, begin, end, stored } = site();
  end(begin('k'));
  begin('other');
  expect(interruptWork(deps)).toEqual([]);
  expect(stored().map(({ key, state }) => [key, state])).toEqual([
    ['other', 'failed'],
    ['k', 'succeeded'],
  ]);
  expect(interruptWork(deps)).toEqual([]);
});

test('operations come in pages, newest first', async () => {
  const { world, begin } = site();
  const ids = Array.from({ length: 5 }, () => begin(null).record.id).toReversed();
  const operations = operationsOf(world);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { operations: { id: string }[]; nextCursor: string | null } = await operations.call(
      'operations.list',
      alice,
      { limit: 2, cursor },
    );
    seen.push(...page.operations.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(ids);
});

test('leases are one’s own', async () => {
  const { world } = site();
  const { container } = await deployed(world, 'thesis');
  const operations = operationsOf(world);
  const { leases } = await operations.call('leases.list', alice, {});
  expect(leases.map(({ user, slots }) => [user, slots])).toEqual([['alice', container.slots]]);
  expect(await operations.call('leases.list', bob, {})).toEqual({ leases: [], nextCursor: null });
});

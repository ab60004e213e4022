import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pageOf, type KeyPart, type Page, type PageOrder } from './page.ts';

interface Item {
  readonly id: number;
  readonly rank: KeyPart;
}

const orders = fc.boolean().map((descending): PageOrder<Item> => ({
  list: 'things',
  keyOf: ({ rank, id }) => [rank, id],
  descending,
}));
const rank = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom('', 'a', 'ä', 'Z'));
const items = fc.uniqueArray(fc.record({ id: fc.nat(50), rank: fc.option(rank, { nil: null }) }), {
  selector: ({ id }) => id,
  maxLength: 30,
});

test('pages put together are the list', () => {
  fc.assert(
    fc.property(items, orders, fc.integer({ min: 1, max: 8 }), (all, order, limit) => {
      const whole = pageOf(all, { limit: null, cursor: null }, order);
      expect(whole.nextCursor).toBeNull();
      const read: Item[] = [];
      for (
        let cursor: string | null = null, first = true;
        first || cursor !== null;
        first = false
      ) {
        const page: Page<Item> = pageOf(all.toReversed(), { limit, cursor }, order);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        read.push(...page.items);
        cursor = page.nextCursor;
      }
      expect(read).toEqual(whole.items);
    }),
  );
});

test('what stays is read exactly once while other things come and go', () => {
  const changes = fc.array(fc.record({ add: items, keep: fc.func(fc.boolean()) }), {
    minLength: 40,
    maxLength: 40,
  });
  fc.assert(
    fc.property(items, items, orders, changes, (lasting, others, order, steps) => {
      const isLasting = (item: Item): boolean => lasting.some(({ id }) => id === item.id);
      let passing = others.filter((item) => !isLasting(item));
      const read: number[] = [];
      let cursor: string | null = null;
      for (const { add, keep } of steps) {
        const page: Page<Item> = pageOf([...passing, ...lasting], { limit: 3, cursor }, order);
        read.push(...page.items.filter(isLasting).map(({ id }) => id));
        cursor = page.nextCursor;
        if (cursor === null) break;
        passing = [...passing.filter(({ id }) => keep(id)), ...add].filter(
          (item, index, list) =>
            !isLasting(item) && list.findIndex(({ id }) => id === item.id) === index,
        );
      }
      expect(cursor).toBeNull();
      expect(read.length).toBe(lasting.length);
      expect(new Set(read)).toEqual(new Set(lasting.map(({ id }) => id)));
    }),
    { numRuns: 60 },
  );
});

test('a cursor of another list, or none at all, is refused', () => {
  const order: PageOrder<Item> = { list: 'things', keyOf: ({ id }) => [id] };
  const all = [1, 2].map((id) => ({ id, rank: null }));
  const { nextCursor } = pageOf(all, { limit: 1, cursor: null }, order);
  const refused = expect.objectContaining({ code: 'request.cursor' });
  for (const cursor of [
    nextCursor ?? '',
    '!',
    'bnVsbA',
    'WzIsInRoaW5ncyIsMV0',
    '\u{0}'.repeat(9),
  ]) {
    const list = cursor === nextCursor ? 'others' : 'things';
    expect(() => pageOf(all, { limit: 1, cursor }, { ...order, list })).toThrow(refused);
  }
});

import { ds01Error } from '@ds01/contracts';
import { z } from 'zod';

/** Which part of a list is wanted; see `pageShape`. */
export interface PageWanted {
  /** Most items of a page; `null` is all of them. */
  readonly limit: number | null;
  /** `nextCursor` of the page before; `null` is the beginning. */
  readonly cursor: string | null;
}

/** How a list is ordered. */
export interface PageOrder<Item> {
  /** Name of the list, the id of its route: a cursor of another list is refused. */
  readonly list: string;
  /**
   * What the list is ordered by, the most significant part first. No two items have the same, and
   * an item's never changes: the last part is an id where the others don't tell items apart.
   */
  readonly keyOf: (item: Item) => readonly KeyPart[];
  /** Greatest first. */
  readonly descending?: boolean;
}

/** A page, and where the next one begins: `null` on the last. */
export interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

/** Part of what a list is ordered by: numbers by value, texts by code units, `null` before both. */
export type KeyPart = string | number | null;

const cursorSchema = z.tuple(
  [z.literal(1), z.string()],
  z.union([z.string(), z.number(), z.null()]),
);

/**
 * One page of a list. A cursor says after which key the next page begins, not how many items were
 * seen: whatever is there from the first page to the last is in exactly one of them, also while
 * others come and go. Fails with `request.cursor`.
 */
export function pageOf<Item>(
  items: readonly Item[],
  { limit, cursor }: PageWanted,
  order: PageOrder<Item>,
): Page<Item> {
  const sign = order.descending === true ? -1 : 1;
  const keyed = items
    .map((item) => ({ item, key: order.keyOf(item) }))
    .toSorted((a, b) => sign * compareKeys(a.key, b.key));
  const after = cursor === null ? null : keyOfCursor(cursor, order.list);
  const rest =
    after === null ? keyed : keyed.filter(({ key }) => sign * compareKeys(key, after) > 0);
  const wanted = limit === null ? rest : rest.slice(0, limit);
  const last = wanted.at(-1);
  const hasMore = wanted.length < rest.length && last !== undefined;
  return {
    items: wanted.map(({ item }) => item),
    nextCursor: hasMore ? cursorOf(order.list, last.key) : null,
  };
}

/** The cursor behind an item. Programs take it as it is and look for nothing in it. */
export function cursorOf(list: string, key: readonly KeyPart[]): string {
  return Buffer.from(JSON.stringify([1, list, ...key])).toString('base64url');
}

/** The key that a cursor of this list stands for. Fails with `request.cursor`. */
export function keyOfCursor(cursor: string, list: string): readonly KeyPart[] {
  const read = cursorSchema.safeParse(jsonIn(cursor));
  if (!read.success) throw foreignCursor();
  const [, of, ...key] = read.data;
  if (of !== list) throw foreignCursor();
  return key;
}

/** The error for a cursor that this list never gave. */
export function foreignCursor() {
  return ds01Error('request.cursor', {
    message: 'The cursor is not one of this list.',
    hint: 'give nextCursor of the page before, or no cursor for the first page',
  });
}

function jsonIn(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function compareKeys(a: readonly KeyPart[], b: readonly KeyPart[]): number {
  const length = Math.max(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const order = compareParts(a[index] ?? null, b[index] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

function compareParts(a: KeyPart, b: KeyPart): number {
  const kinds = kindOf(a) - kindOf(b);
  if (kinds !== 0 || a === null || b === null) return kinds;
  return a < b ? -1 : a > b ? 1 : 0;
}

function kindOf(part: KeyPart): number {
  if (part === null) return 0;
  return typeof part === 'number' ? 1 : 2;
}

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { doors } from './testing/doors.ts';
import { cut, json, startFakeDaemon, type FakeDaemon } from './testing/fake-daemon.ts';
import { operation } from './testing/operation.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await startFakeDaemon();
});
afterEach(() => daemon.stop());

const page = (count: number, nextCursor: string | null) =>
  json({ operations: Array.from({ length: count }, () => operation({})), nextCursor });

describe.each(doors)('through $name', ({ open }) => {
  test('pages come until the last, each asked for when it is wanted', async () => {
    const from = daemon.seen.length;
    daemon.answer(page(2, 'a'), cut, page(2, 'b'), page(1, null));
    const client = open(daemon);
    const lengths: number[] = [];
    for await (const { operations } of client.pages('operations.list', { limit: 2 })) {
      lengths.push(operations.length);
    }
    expect(lengths).toEqual([2, 2, 1]);
    const path = '/api/v1/operations?limit=2';
    expect(daemon.seen.slice(from).map(({ url }) => url)).toEqual([
      path,
      `${path}&cursor=a`,
      `${path}&cursor=a`,
      `${path}&cursor=b`,
    ]);
    daemon.answer(page(2, 'a'));
    const some = client.pages('operations.list', { limit: 2 });
    await some.next();
    await some.return(undefined);
    expect(daemon.seen).toHaveLength(from + 5);
    client.close();
  });

  test('a list that turns in circles is an error', async () => {
    daemon.answer(page(1, 'a'));
    const client = open(daemon);
    const pages = client.pages('operations.list', {});
    await pages.next();
    await pages.next();
    await expect(pages.next()).rejects.toMatchObject({ code: 'internal.unexpected' });
    client.close();
  });
});

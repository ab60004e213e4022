import type { Store } from '@ds01/ports';
import { createStore } from '@ds01/store';
import { expect, test } from 'vitest';
import { key, listSchema, post, stop } from '../testing/work-requests.ts';
import { pathOf, startWorkServer } from '../testing/work-server.ts';

/** A ledger that can't be written to while `isFull`. */
function createFillingStore(): { readonly store: Store; isFull: boolean } {
  const real = createStore({ path: ':memory:', nowMs: () => 1_760_000_000_000 });
  const filling = {
    isFull: false,
    store: {
      ...real,
      transaction: <T>(work: Parameters<typeof real.transaction<T>>[0]): T =>
        real.transaction((transaction) => {
          const { operations } = transaction;
          const put: typeof operations.put = (record) => {
            if (filling.isFull) throw new Error('database or disk is full');
            operations.put(record);
          };
          return work({ ...transaction, operations: { ...operations, put } });
        }),
    },
  };
  return filling;
}

test('an end that can’t be written down is told at once, and written as soon as there is room', async () => {
  const disk = createFillingStore();
  const retried = Promise.withResolvers<void>();
  const room = Promise.withResolvers<void>();
  let count = 0;
  const server = await startWorkServer(
    {
      call: async () => {
        count += 1;
        disk.isFull = true;
        return { done: count };
      },
    },
    {
      store: disk.store,
      sleep: (durationMs) => {
        if (durationMs > 10_000) return Promise.withResolvers<void>().promise;
        retried.resolve();
        return room.promise;
      },
    },
  );
  const first = await server.send(stop, post(key('k')));
  const answer = await first.text();
  expect([first.status, answer]).toEqual([200, '{"done":1}']);
  await retried.promise;
  const again = await server.send(stop, post(key('k')));
  expect([again.status, await again.text()]).toEqual([200, answer]);
  expect(count).toBe(1);
  disk.isFull = false;
  room.resolve();
  const states = async () => {
    const response = await server.send(pathOf('operations.list'));
    return listSchema.parse(await response.json()).operations.map(({ state }) => state);
  };
  await expect.poll(states).toEqual(['succeeded']);
  await server.close();
});

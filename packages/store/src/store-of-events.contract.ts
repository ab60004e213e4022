import { containerIdSchema } from '@ds01/contracts';
import { eventTypes, type NewEvent } from '@ds01/contracts/lifecycle';
import type { EventQuery, Store } from '@ds01/ports';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { containerRecord } from './store.contract.ts';

const everything: EventQuery = {
  sinceMs: null,
  untilMs: null,
  typePrefix: null,
  of: null,
  containers: null,
};

const alices = { user: 'alice', uid: 1000, container: 'thesis._.alice', containerId: 'c1' };
const started: NewEvent = { type: 'container.started', ...alices, details: {} };
const stopped: NewEvent = { type: 'container.stopped', ...alices, details: { force: true } };
const bobs: NewEvent = {
  type: 'gpu.refused',
  user: 'bob',
  uid: 1001,
  container: 'plots._.bob',
  containerId: null,
  details: { code: 'gpu.none-available', message: 'No GPU is free.' },
};
const nobodys: NewEvent = {
  type: 'daemon.started',
  user: null,
  uid: null,
  container: null,
  containerId: null,
  details: { version: '0.1.0' },
};

/** What every store promises of events, the rules' memory and messages. */
export function describeHistory(name: string, open: () => Store): void {
  describe(`${name}: what happened`, () => {
    let store: Store;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());

    const append = (...events: readonly NewEvent[]) =>
      store.transaction((ledger) =>
        events.map((event, index) => ledger.events.append(event, index * 1000)),
      );
    const list = (query: Partial<EventQuery> & { beforeId?: number; limit?: number } = {}) =>
      store.transaction(({ events }) =>
        events.list({ ...everything, beforeId: null, limit: 100, ...query }),
      );
    const typesOf = (query: Parameters<typeof list>[0]) =>
      list(query).map(({ event }) => event.type);

    test('events read back as they were written, oldest first, under ids that grow', () => {
      const ids = append(started, stopped, bobs, nobodys);
      expect(list()).toEqual(
        [started, stopped, bobs, nobodys].map((event, index) => ({
          id: ids[index],
          atMs: index * 1000,
          event,
        })),
      );
      expect(ids).toEqual(ids.toSorted((left, right) => left - right));
      expect(store.transaction(({ events }) => events.lastId())).toBe(ids.at(-1));
    });

    test('the newest that fit are listed, and the older ones page by page', () => {
      const ids = append(started, stopped, started, stopped, started);
      const pages = [list({ limit: 2 }), list({ limit: 2, beforeId: ids[3] ?? 0 })];
      expect(pages.map((page) => page.map(({ id }) => id))).toEqual([
        [ids[3], ids[4]],
        [ids[1], ids[2]],
      ]);
    });

    test('those after an id come oldest first, none twice', () => {
      const ids = append(started, stopped, bobs, nobodys);
      const after = (afterId: number, limit: number) =>
        store.transaction(({ events }) =>
          events.after({ ...everything, afterId, limit }).map(({ id }) => id),
        );
      expect(after(0, 2)).toEqual([ids[0], ids[1]]);
      expect(after(ids[1] ?? 0, 9)).toEqual([ids[2], ids[3]]);
      expect(after(ids[3] ?? 0, 9)).toEqual([]);
    });

    test('time, type, person and container narrow what is meant', () => {
      append(started, stopped, bobs, nobodys);
      expect(typesOf({ sinceMs: 1000, untilMs: 3000 })).toEqual([stopped.type, bobs.type]);
      expect(typesOf({ typePrefix: 'container.st' })).toEqual([started.type, stopped.type]);
      expect(typesOf({ typePrefix: 'c_ntainer' })).toEqual([]);
      expect(typesOf({ of: { user: 'bob', uid: null } })).toEqual([bobs.type]);
      expect(typesOf({ containers: ['plots._.bob'] })).toEqual([bobs.type]);
      expect(typesOf({ containers: ['thesis'] })).toEqual([started.type, stopped.type]);
      expect(typesOf({ containers: ['c1', 'plots'] })).toHaveLength(3);
      expect(typesOf({ containers: [] })).toEqual([]);
    });

    test('events of an account with another uid are those of somebody else', () => {
      append(started, { ...started, uid: 2000 }, { ...started, uid: null });
      expect(list({ of: { user: 'alice', uid: 2000 } }).map(({ event }) => event.uid)).toEqual([
        2000,
      ]);
    });

    test('they are counted by type, person and day', () => {
      append(started, bobs, started, nobodys);
      store.transaction(({ events }) => events.append(started, Date.UTC(2026, 10, 22)));
      const counted = store.transaction(({ events }) =>
        events.count({ ...everything, sinceMs: 0 }),
      );
      expect(counted).toEqual({
        total: 5,
        types: [
          { type: 'container.started', count: 3 },
          { type: 'daemon.started', count: 1 },
          { type: 'gpu.refused', count: 1 },
        ],
        users: [
          { user: 'alice', count: 3 },
          { user: null, count: 1 },
          { user: 'bob', count: 1 },
        ],
        days: [
          { day: '1970-01-01', count: 4 },
          { day: '2026-11-22', count: 1 },
        ],
      });
    });

    test('old ones are removed, and no id is given twice', () => {
      const ids = append(started, stopped, bobs);
      expect(store.transaction(({ events }) => events.removeBefore(2000))).toBe(2);
      expect(typesOf({})).toEqual([bobs.type]);
      store.transaction(({ events }) => events.removeBefore(9000));
      expect(append(started)[0]).toBeGreaterThan(ids[2] ?? 0);
    });

    test('who makes many of one type loses the oldest of those, and nobody else loses any', () => {
      append(stopped, started, started, bobs, started, nobodys, nobodys, nobodys);
      expect(store.transaction(({ events }) => events.removeBeyond(2))).toBe(1);
      const kept = [stopped, started, bobs, started, nobodys, nobodys, nobodys];
      expect(typesOf({})).toEqual(kept.map(({ type }) => type));
      expect(store.transaction(({ events }) => events.removeBeyond(2))).toBe(0);
    });

    test('an event goes with the transaction that fails', () => {
      expect(() =>
        store.transaction(({ events }) => {
          events.append(started, 1);
          throw new Error('on purpose');
        }),
      ).toThrow('on purpose');
      expect(list()).toEqual([]);
    });

    test('the areas of all types are words, and what happened is past', () => {
      expect(eventTypes.filter((type) => !/^[a-z]+\.[a-z-]+$/.test(type))).toEqual([]);
    });
  });

  describe(`${name}: what the rules remember`, () => {
    let store: Store;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());
    const other = containerIdSchema.parse('b'.repeat(64));

    test('is put, read, replaced and removed by container', () => {
      const { id } = containerRecord;
      const read = store.transaction(({ lifecycle }) => {
        lifecycle.put(id, 'first');
        lifecycle.put(id, 'second');
        lifecycle.put(other, 'kept');
        const all = lifecycle.all();
        lifecycle.remove(other);
        return { all, one: lifecycle.get(id), gone: lifecycle.get(other) };
      });
      expect(read).toEqual({
        all: [
          { containerId: id, memory: 'second' },
          { containerId: other, memory: 'kept' },
        ],
        one: 'second',
        gone: null,
      });
    });

    test('goes with its container, and stays when the container changes', () => {
      const { id } = containerRecord;
      store.transaction(({ containers, lifecycle }) => {
        containers.put(containerRecord);
        lifecycle.put(id, 'warned');
        lifecycle.put(other, 'warned');
        containers.put({ ...containerRecord, protected: true });
      });
      expect(store.transaction(({ lifecycle }) => lifecycle.get(id))).toBe('warned');
      store.transaction(({ containers }) => containers.remove(id));
      expect(store.transaction(({ lifecycle }) => lifecycle.all())).toEqual([
        { containerId: other, memory: 'warned' },
      ]);
    });
  });

  describe(`${name}: messages`, () => {
    let store: Store;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());
    const message = { user: 'alice', channel: 'mail', body: '{}', createdAtMs: 1, nextAtMs: 10 };

    test('wait until their time has come, first due first', () => {
      const due = store.transaction(({ outbox }) => {
        outbox.add({ ...message, nextAtMs: 20 });
        outbox.add({ ...message, user: null });
        return [5, 10, 20].map((nowMs) => outbox.due(nowMs, 10).map(({ user }) => user));
      });
      expect(due).toEqual([[], [null], [null, 'alice']]);
      expect(
        store.transaction(({ outbox }) => [outbox.nextAtMs(), outbox.due(20, 1).length]),
      ).toEqual([10, 1]);
    });

    test('count their attempts, and go once delivered', () => {
      const read = store.transaction(({ outbox }) => {
        const id = outbox.add(message);
        outbox.postpone(id, 30);
        const postponed = outbox.due(30, 10);
        outbox.remove(id);
        return { id, postponed, next: outbox.nextAtMs() };
      });
      expect(read).toEqual({
        id: read.id,
        postponed: [{ ...message, id: read.id, attempts: 1, nextAtMs: 30 }],
        next: null,
      });
    });
  });
}

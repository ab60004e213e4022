import {
  containerIdSchema,
  deviceUuidSchema,
  leaseIdSchema,
  leaseSchema,
  slotIdSchema,
  slotUuidSchema,
  usernameSchema,
  type Lease,
} from '@ds01/contracts';
import type { BuildRecord, ContainerRecord, Store } from '@ds01/ports';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** A live lease on slices of a GPU; `slices` null is an unknown placement. */
export function leaseOn(
  number: number,
  device: string,
  slices: readonly number[] | null,
  change: Partial<Lease> = {},
): Lease {
  return leaseSchema.parse({
    id: leaseIdSchema.parse(`l${String(number).padStart(20, '0')}`),
    user: usernameSchema.parse('alice'),
    state: 'reserved',
    token: number + 1,
    slots: [
      {
        slot: slotIdSchema.parse('0'),
        uuid: slotUuidSchema.parse(
          slices === null ? `MIG-${number}` : `${device}-${slices.join('')}`,
        ),
        deviceUuid: deviceUuidSchema.parse(device),
        profile: null,
        gpuEquivalents: 1,
        memorySlices: slices,
      },
    ],
    containerId: null,
    dockerName: 'thesis._.alice',
    createdAtMs: 1,
    expiresAtMs: 2,
    heldUntilMs: null,
    ...change,
  });
}

const whole = [0, 1, 2, 3, 4, 5, 6, 7];

/** A container of alice. */
export const containerRecord: ContainerRecord = {
  id: containerIdSchema.parse('a'.repeat(64)),
  dockerName: 'thesis._.alice',
  user: usernameSchema.parse('alice'),
  uid: 1000,
  name: 'thesis',
  hostname: 'thesis',
  managed: true,
  ownerBy: 'signed',
  interface: 'cli',
  image: 'ds01/busybox',
  project: null,
  workspace: '/home/alice/workspace/thesis',
  requestHash: null,
  leaseId: null,
  devices: [],
  protected: false,
  monitoring: false,
  cgroupParent: '/ds01/student/alice',
  pinKey: null,
  mounts: null,
  job: 'nightly-7',
  request: null,
  createdAtMs: 1,
  startedAtMs: null,
};

const build: BuildRecord = {
  build: 'b20261122-9',
  uid: 1000,
  name: 'thesis',
  state: 'running',
  reason: null,
  imageId: null,
  steps: null,
  cachedSteps: null,
  dockerfilePath: '/home/alice/workspace/thesis/Dockerfile',
  startedAtMs: 5,
  finishedAtMs: null,
};

/** What every store promises. `open` gives a new, empty one. */
export function describeStore(name: string, open: () => Store): void {
  describe(`${name}: the ledger's rules`, () => {
    let store: Store;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());

    const insert = (...leases: readonly Lease[]) =>
      store.transaction((ledger) => leases.forEach((lease) => ledger.leases.insert(lease)));
    const live = () => store.transaction((ledger) => ledger.leases.live());
    const conflict = expect.objectContaining({ code: 'lease.conflict' });

    test('a lease reads back as it was written', () => {
      const lease = leaseOn(1, 'GPU-1', whole);
      insert(lease);
      expect(live()).toEqual([lease]);
    });

    test('two live leases never share a slice', () => {
      insert(leaseOn(1, 'GPU-1', [0, 1, 2, 3]), leaseOn(2, 'GPU-1', [4, 5]));
      expect(() => insert(leaseOn(3, 'GPU-1', [5, 6]))).toThrow(conflict);
      expect(() => insert(leaseOn(4, 'GPU-1', whole))).toThrow(conflict);
      insert(leaseOn(5, 'GPU-2', whole));
      expect(live()).toHaveLength(3);
    });

    test('slots of unknown placement stand beside each other but not beside placed ones', () => {
      insert(leaseOn(1, 'GPU-1', null), leaseOn(2, 'GPU-1', null), leaseOn(3, 'GPU-2', [7]));
      expect(() => insert(leaseOn(4, 'GPU-1', [0]))).toThrow(conflict);
      expect(() => insert(leaseOn(5, 'GPU-2', null))).toThrow(conflict);
      expect(live()).toHaveLength(3);
    });

    test('one slot is never in two live leases, whatever silicon it is said to cover', () => {
      const first = leaseOn(1, 'GPU-1', [0]);
      const second = leaseOn(2, 'GPU-1', [1]);
      const slots = second.slots.map((slot) => ({
        ...slot,
        uuid: slotUuidSchema.parse('GPU-1-0'),
      }));
      insert(first);
      expect(() => insert({ ...second, slots })).toThrow(conflict);
    });

    test('a refused lease leaves nothing behind and its transaction can go on', () => {
      insert(leaseOn(1, 'GPU-1', whole));
      store.transaction((ledger) => {
        expect(() => ledger.leases.insert(leaseOn(2, 'GPU-1', [0]))).toThrow(conflict);
        expect(ledger.leases.get(leaseOn(2, 'GPU-1', [0]).id)).toBeNull();
        ledger.leases.insert(leaseOn(3, 'GPU-3', whole));
      });
      expect(live().map(({ token }) => token)).toEqual([2, 4]);
    });

    test('a released lease is remembered and its silicon is free', () => {
      const lease = leaseOn(1, 'GPU-1', whole);
      insert(lease);
      const isReleased = store.transaction((ledger) =>
        ledger.leases.update(
          lease.id,
          { token: lease.token, states: ['reserved'] },
          { state: 'released', expiresAtMs: null },
        ),
      );
      expect(isReleased).toBe(true);
      expect(live()).toEqual([]);
      expect(store.transaction((ledger) => ledger.leases.get(lease.id)?.state)).toBe('released');
      insert(leaseOn(2, 'GPU-1', [3]));
    });

    test('a change under an old token or in another state changes nothing', () => {
      const lease = leaseOn(1, 'GPU-1', whole);
      insert(lease);
      const change = (token: number, state: 'reserved' | 'held') =>
        store.transaction((ledger) =>
          ledger.leases.update(lease.id, { token, states: [state] }, { state: 'bound' }),
        );
      expect(change(lease.token + 1, 'reserved')).toBe(false);
      expect(change(lease.token, 'held')).toBe(false);
      expect(live()).toEqual([lease]);
      expect(change(lease.token, 'reserved')).toBe(true);
    });

    test('a released lease comes back to life only while its silicon is free', () => {
      const lease = leaseOn(1, 'GPU-1', whole, { state: 'released', expiresAtMs: null });
      insert(lease, leaseOn(2, 'GPU-1', [0]));
      const revive = () =>
        store.transaction((ledger) =>
          ledger.leases.update(
            lease.id,
            { token: lease.token, states: ['released'] },
            { state: 'held' },
          ),
        );
      expect(revive).toThrow(conflict);
      expect(live()).toHaveLength(1);
    });

    test('tokens only grow, above those of leases written back by a rebuild too', () => {
      const [first, second] = store.transaction((ledger) => [
        ledger.leases.nextToken(),
        ledger.leases.nextToken(),
      ]);
      expect(second).toBeGreaterThan(first ?? 0);
      const high = (second ?? 0) + 10 ** 9;
      insert(leaseOn(1, 'GPU-1', whole, { token: high }));
      expect(store.transaction((ledger) => ledger.leases.nextToken())).toBeGreaterThan(high);
    });

    test('work that throws changes nothing, and its error comes through as it is', () => {
      const error = new Error('on purpose');
      expect(() =>
        store.transaction((ledger) => {
          ledger.meta.set('key', 'value');
          throw error;
        }),
      ).toThrow(error);
      expect(store.transaction((ledger) => ledger.meta.get('key'))).toBeNull();
    });

    test('containers are put, read, replaced and removed', () => {
      const read = () => store.transaction((ledger) => ledger.containers.all());
      store.transaction((ledger) => ledger.containers.put(containerRecord));
      store.transaction((ledger) => ledger.containers.put({ ...containerRecord, protected: true }));
      expect(read()).toEqual([{ ...containerRecord, protected: true }]);
      expect(store.transaction((ledger) => ledger.containers.get(containerRecord.id))).toEqual(
        read()[0],
      );
      store.transaction((ledger) => ledger.containers.remove(containerRecord.id));
      expect(read()).toEqual([]);
    });

    test('builds are listed newest first, of an image, of a person, of everybody', () => {
      const later = { ...build, build: 'b20261122-10' };
      const other = { ...build, name: 'plots', startedAtMs: 7 };
      const bobs = { ...build, uid: 1001, startedAtMs: 6 };
      store.transaction(({ builds }) => [build, later, other, bobs].forEach(builds.put));
      const list = (uid: number | null, name: string | null) =>
        store.transaction(({ builds }) => builds.list({ uid, name }));
      expect(list(1000, 'thesis')).toEqual([later, build]);
      expect(list(1000, null)).toEqual([other, later, build]);
      expect(list(null, null)).toEqual([other, bobs, later, build]);
      expect(list(1002, null)).toEqual([]);
    });

    test('what a build was made from and printed stays when more is known of it', () => {
      const done = { ...build, state: 'failed' as const, reason: 'exit code 1', finishedAtMs: 9 };
      const texts = store.transaction(({ builds }) => {
        builds.put(build);
        const first = builds.text(build);
        builds.putText(build, { dockerfile: 'FROM debian\n' });
        builds.putText(build, { log: 'Step 1/1', logCut: true });
        builds.put(done);
        return [first, builds.text(build)];
      });
      const text = { dockerfile: 'FROM debian\n', log: 'Step 1/1', logCut: true };
      expect(texts).toEqual([null, text]);
      expect(store.transaction(({ builds }) => builds.get(build))).toEqual(done);
    });

    test('a build goes with its texts, and those of others stay', () => {
      const other = { ...build, uid: 1001 };
      store.transaction(({ builds }) => {
        for (const one of [build, other]) {
          builds.put(one);
          builds.putText(one, { log: 'done' });
        }
        builds.remove(build);
        // Its log may still be on the way.
        builds.putText(build, { log: 'too late' });
      });
      const left = store.transaction(({ builds }) =>
        [build, other].map((of) => [builds.get(of), builds.text(of)?.log ?? null]),
      );
      expect(left).toEqual([
        [null, null],
        [other, 'done'],
      ]);
    });

    test('facts are kept by key and listed by prefix', () => {
      store.transaction(({ meta }) => {
        for (const key of ['b%2', 'b%1', 'b_1', 'a']) meta.set(key, `of ${key}`);
        meta.set('a', 'changed');
        meta.remove('b_1');
      });
      const listed = store.transaction(({ meta }) => [meta.list('b%'), meta.list('b_')]);
      expect(listed).toEqual([
        [
          { key: 'b%1', value: 'of b%1' },
          { key: 'b%2', value: 'of b%2' },
        ],
        [],
      ]);
      expect(store.transaction(({ meta }) => meta.get('a'))).toBe('changed');
    });
  });
}

import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isDs01Error, type Lease } from '@ds01/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSigningKey } from './signing-key.ts';
import { createStore } from './store.ts';
import { describeStore, leaseOn } from './store.contract.ts';
import { describeHistory } from './store-of-events.contract.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ds01-store-`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describeStore('on a file', () => createStore({ directory: `${folder}/state` }));
describeStore('in memory', () => createStore({ path: ':memory:' }));
describeHistory('on a file', () => createStore({ directory: `${folder}/state` }));
describeHistory('in memory', () => createStore({ path: ':memory:' }));

/** What the ledger must refuse: silicon of the same device that somebody holds, or might. */
function isTaken(
  live: readonly Lease[],
  device: string,
  slices: readonly number[] | null,
): boolean {
  const others = live.flatMap(({ slots }) => slots).filter((slot) => slot.deviceUuid === device);
  return others.some(({ memorySlices }) =>
    slices === null || memorySlices === null
      ? slices !== memorySlices
      : memorySlices.some((slice) => slices.includes(slice)),
  );
}

function tryTo(work: () => void): string {
  try {
    work();
    return 'done';
  } catch (error) {
    if (isDs01Error(error)) return error.code;
    throw error;
  }
}

test('whatever is asked in whatever order, no slice of a device has two live holders', () => {
  const request = fc.record({
    device: fc.constantFrom('GPU-1', 'GPU-2'),
    slices: fc.option(fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 8 })),
    releasesFirst: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
      const store = createStore({ path: ':memory:' });
      requests.forEach(({ device, slices, releasesFirst }, number) =>
        store.transaction(({ leases }) => {
          const victim = releasesFirst ? leases.live()[0] : undefined;
          if (victim !== undefined) {
            const expected = { token: victim.token, states: [victim.state] };
            leases.update(victim.id, expected, { state: 'released', expiresAtMs: null });
          }
          const wanted = isTaken(leases.live(), device, slices) ? 'lease.conflict' : 'done';
          expect(tryTo(() => leases.insert(leaseOn(number, device, slices)))).toBe(wanted);
        }),
      );
      const live = store.transaction(({ leases }) => leases.live());
      const held = live.flatMap(({ slots }) =>
        slots.flatMap(({ deviceUuid, memorySlices }) =>
          (memorySlices ?? []).map((slice) => `${deviceUuid} ${slice}`),
        ),
      );
      expect(new Set(held).size).toBe(held.length);
      store.close();
    }),
    { seed: 1, numRuns: 100 },
  );
});

describe('files', () => {
  test('folder and files belong to their owner alone', () => {
    const directory = `${folder}/state`;
    const store = createStore({ directory });
    store.transaction(({ meta }) => meta.set('key', 'value'));
    createSigningKey({ directory });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(directory)) {
      expect([name, statSync(`${directory}/${name}`).mode & 0o777]).toEqual([name, 0o600]);
    }
    store.close();
  });

  test('nothing is written before the first transaction', () => {
    createStore({ directory: `${folder}/state` }).close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a folder that can not be made is an error with a code', () => {
    writeFileSync(`${folder}/file`, '');
    const store = createStore({ directory: `${folder}/file/state` });
    expect(() => store.transaction(() => null)).toThrow(
      expect.objectContaining({ code: 'internal.state-unwritable' }),
    );
  });

  test('tokens grow across a lost ledger', () => {
    const nowMs = () => 1_700_000_000_000;
    const draw = (time: () => number) => {
      const store = createStore({ directory: folder, nowMs: time });
      const token = store.transaction(({ leases }) => leases.nextToken());
      store.close();
      return token;
    };
    const before = draw(nowMs);
    expect(draw(nowMs)).toBe(before + 1);
    rmSync(`${folder}/ds01.db`);
    expect(draw(() => nowMs() + 1)).toBeGreaterThan(before + 1);
    expect(Number.isSafeInteger(draw(() => Date.UTC(2200, 0)))).toBe(true);
  });
});

describe('the signing key', () => {
  test('is made once and then the same for everybody', () => {
    const directory = `${folder}/state`;
    const key = createSigningKey({ directory });
    expect(key).toHaveLength(32);
    expect(createSigningKey({ directory })).toEqual(key);
    expect(readdirSync(directory)).toEqual(['signing.key']);
  });

  test('is never replaced when it is damaged', () => {
    mkdirSync(`${folder}/state`);
    writeFileSync(`${folder}/state/signing.key`, 'short');
    expect(() => createSigningKey({ directory: `${folder}/state` })).toThrow(
      expect.objectContaining({ code: 'internal.state-unwritable' }),
    );
  });
});

import {
  containerIdSchema,
  deviceUuidSchema,
  leaseIdOf,
  slotIdSchema,
  slotUuidSchema,
  usernameSchema,
  type Lease,
} from '@ds01/contracts';
import { eventTypes } from '@ds01/contracts/lifecycle';
import { metricTable } from '@ds01/contracts/service';
import { createStore } from '@ds01/store';
import { describe, expect, test } from 'vitest';
import { eventSeries, queueSeries } from './ledger-series.ts';
import { createRegistry } from './registry.ts';
import { stateSeries } from './state-series.ts';

const nowMs = Date.UTC(2026, 0, 5, 9);
const uuid = 'GPU-00000000-0000-0000-0000-00000000000a';
const alice = usernameSchema.parse('alice');
const bob = usernameSchema.parse('bob');

function lease(number: number, changes: Partial<Lease>): Lease {
  return {
    id: leaseIdOf(nowMs, String(number).padStart(11, '0')),
    user: alice,
    state: 'bound',
    token: number,
    slots: [
      {
        slot: slotIdSchema.parse('0'),
        uuid: slotUuidSchema.parse(uuid),
        deviceUuid: deviceUuidSchema.parse(uuid),
        profile: null,
        gpuEquivalents: 1,
        memorySlices: null,
      },
    ],
    containerId: containerIdSchema.parse(String(number).padStart(64, '0')),
    dockerName: 'evil"}\n1._.alice',
    createdAtMs: nowMs - 60_000,
    expiresAtMs: null,
    heldUntilMs: null,
    ...changes,
  };
}

function seriesOf(leases: readonly Lease[]) {
  return stateSeries({
    now: { leases, containers: [], inventory: null },
    nowMs,
    groupOf: () => 'student',
    groups: [{ name: 'student', members: 2 }],
    memoryOf: () => null,
  });
}

describe('series about the world', () => {
  test('a slot with two holders has one for each', () => {
    const shared = [lease(1, {}), lease(2, { user: bob })];
    expect(seriesOf(shared).ds01_gpu_allocated?.map(({ labels }) => labels['user'])).toEqual([
      'alice',
      'bob',
    ]);
  });

  test('a person is counted once however much they have', () => {
    const { ds01_user_gpu_equivalents: weights, ds01_user_group_info: groups } = seriesOf([
      lease(1, {}),
      lease(2, {}),
    ]);
    expect(weights).toEqual([{ labels: { user: 'alice' }, value: 2 }]);
    expect(groups).toEqual([{ labels: { user: 'alice', group: 'student' }, value: 1 }]);
  });

  test('groups are counted as the limits file has them, whoever has something', () => {
    const { ds01_group_members_total: groups } = seriesOf([]);
    expect(groups).toEqual([{ labels: { group: 'student' }, value: 2 }]);
  });

  test('names that people choose are in no label', async () => {
    const registry = createRegistry();
    registry.set(seriesOf([lease(1, {})]));
    const text = await registry.text();
    expect(text).toContain('ds01_gpu_allocated{gpu_slot="0",user="alice"');
    expect(text).not.toContain('evil');
  });

  test('what is gone has no series any more', async () => {
    const registry = createRegistry();
    registry.set(seriesOf([lease(1, {})]));
    registry.set(seriesOf([]));
    const text = await registry.text();
    expect(text).not.toContain('alice');
    expect(text).toContain('ds01_leases{state="bound"} 0');
  });
});

describe('series about the ledger', () => {
  test('events of more than a day ago do not count, and every type is there', () => {
    const store = createStore({ path: ':memory:', nowMs: () => nowMs });
    const append = (atMs: number): void =>
      store.transaction(({ events }) => {
        events.append(
          {
            type: 'container.out-of-memory',
            user: alice,
            uid: 1000,
            container: 'thesis',
            containerId: null,
            details: {},
          },
          atMs,
        );
      });
    append(nowMs - 86_400_001);
    append(nowMs - 86_400_000);
    append(nowMs - 1);
    const series = store.transaction((transaction) => eventSeries(transaction, nowMs));
    store.close();
    expect(series.ds01_events_24h_total).toHaveLength(eventTypes.length);
    expect(series.ds01_lifecycle_events_total).toContainEqual({
      labels: { action: 'oom_kill' },
      value: 2,
    });
  });

  test('a queue in which nobody waits has series, too', () => {
    const series = queueSeries([], nowMs);
    expect(series.ds01_queue_oldest_seconds).toEqual([{ labels: {}, value: 0 }]);
    expect(series.ds01_queue_entries).toHaveLength(8);
  });
});

test('every metric of the table is told of with its type and what it counts', async () => {
  const text = await createRegistry().text();
  for (const [name, { type, help }] of Object.entries(metricTable)) {
    expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
  }
  expect(text).toContain('ds01_queue_wait_seconds_count 0\n');
});

import { localTime, plainScreen } from '@ds01/command-line';
import { containerIdSchema, leaseIdSchema, slotIdSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { containersTable, explanationText, leasesTable, usersTable } from './tables.ts';

type Container = Parameters<typeof containersTable>[0][number];

const container: Container = {
  name: 'thesis',
  dockerName: 'thesis._.alice',
  id: containerIdSchema.parse('a'.repeat(64)),
  user: 'alice',
  uid: 1001,
  managed: true,
  ownerBy: 'signed',
  devices: ['MIG-1', 'GPU-2'],
  state: 'running',
  image: 'ds01/busybox',
  project: null,
  interface: 'orchestration',
  slots: ['0:1', '2'].map((slot) => slotIdSchema.parse(slot)),
  gpuEquivalents: 1.43,
  createdAt: '2026-01-02T03:04:05.000Z',
  startedAt: null,
  stopsAt: null,
  stopReason: null,
};

const rowsOf = (text: string) => text.split('\n').map((line) => line.trim().split(/ {2,}/));

describe('containers', () => {
  test('have their owner, uid, GPUs and door', () => {
    expect(rowsOf(containersTable([container], plainScreen))).toEqual([
      ['USER', 'UID', 'NAME', 'STATE', 'GPU', 'IMAGE', 'INTERFACE', 'OWNER BY', 'CREATED'],
      [
        'alice',
        '1001',
        'thesis',
        'running',
        '0:1,2',
        'ds01/busybox',
        'orchestration',
        'DS01',
        localTime('2026-01-02T03:04:05.000Z'),
      ],
    ]);
  });

  test('that DS01 did not make have their whole name, and from what their owner is known', () => {
    const { user, uid, ...rest } = container;
    const made = { ...rest, managed: false, dockerName: 'thesis._.1001', slots: [] };
    const foreign: Container[] = [
      { ...made, user, uid, ownerBy: 'name', devices: ['all'] },
      { ...made, user: null, uid: null, ownerBy: 'none', devices: [] },
      { ...made, user: null, uid: null, ownerBy: null, devices: [] },
    ];
    const rows = rowsOf(containersTable(foreign, plainScreen)).slice(1);
    expect(rows.map((row) => [...row.slice(0, 5), row[7]])).toEqual([
      ['alice', '1001', 'thesis._.1001', 'running', '- (asks for all)', 'name'],
      ['(foreign)', '-', 'thesis._.1001', 'running', '-', 'none'],
      ['(foreign)', '-', 'thesis._.1001', 'running', '-', 'not known yet'],
    ]);
  });

  test('say that no rule is for them', () => {
    const [, row] = rowsOf(containersTable([{ ...container, exempt: 'protected' }], plainScreen));
    expect(row?.[3]).toBe('running, protected');
  });

  test('may be none', () => {
    expect(containersTable([], plainScreen)).toBe('no containers');
  });
});

test('a lease that is held ends with its hold', () => {
  const lease = {
    id: leaseIdSchema.parse('l0mwrevywfb8iiapyf81s'),
    user: 'alice',
    state: 'held',
    slots: container.slots,
    uuids: [],
    gpuEquivalents: 1.43,
    createdAt: '2026-01-02T03:04:05.000Z',
    expiresAt: null,
    container: 'thesis._.alice',
    heldUntil: '2026-01-02T04:00:00.000Z',
  };
  expect(rowsOf(leasesTable([lease], plainScreen)).at(-1)).toEqual([
    'alice',
    'thesis._.alice',
    '0:1,2',
    '1.43',
    'held',
    localTime('2026-01-02T03:04:05.000Z'),
    localTime('2026-01-02T04:00:00.000Z'),
    'l0mwrevywfb8iiapyf81s',
  ]);
});

test('users have their limit, and those who are nobody known none', () => {
  const alice = {
    user: 'alice',
    uid: 1001,
    group: 'student',
    role: 'user' as const,

    containers: 2,
    runningContainers: 1,
    gpuSlots: 1,
    gpuEquivalents: 1,
    maxGpuEquivalents: null,
  };
  const nobody = { ...alice, user: null, uid: null, group: null, role: null };
  const limits = rowsOf(
    usersTable([alice, { ...alice, maxGpuEquivalents: 2 }, nobody], plainScreen),
  );
  expect(limits.slice(1).map((row) => row.at(-1))).toEqual(['no limit', '2.00', '-']);
});

test('a limit is explained with the place that set it', () => {
  const text = explanationText({
    user: 'alice',
    group: 'student',
    key: 'memory',
    value: '4g',
    layer: 'group',

    file: '/etc/ds01/resource-limits.yaml',
    line: 12,
  });
  expect(text).toBe(
    'alice (group student): memory is 4g, set by group, /etc/ds01/resource-limits.yaml:12',
  );
});

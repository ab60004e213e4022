import { containerIdSchema, type CallId, type RouteInput } from '@ds01/contracts';
import { eventTable, eventTypes, type EventType } from '@ds01/contracts/lifecycle';
import { expect, test } from 'vitest';
import type { Person } from '../operations/call.ts';
import { planted } from '../testing/adoption.ts';
import { deployed } from '../testing/commands.ts';
import { happened } from '../testing/happened.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, carol, dana } from '../testing/people.ts';
import { waitingEntry } from '../testing/queue.ts';
import { createWorld, hourMs, roomyLimits, type World } from '../testing/world.ts';

const accounts = [alice, bob, carol, dana].map(({ owner }) => owner);

/** Dana, who acts in the name of a user. */
const inNameOf = ({ owner }: Person): Person => ({
  owner,
  role: 'admin',
  actor: dana.owner.name,
});

const foreign = containerIdSchema.parse('b'.repeat(64));

type Asked = { readonly [Id in CallId]: readonly [Id, RouteInput<Id>] }[CallId];

const thesis = { container: 'alice/thesis' } as const;
const extending = { name: 'thesis', byMs: hourMs } as const;
const runtime = { user: 'alice', container: 'thesis' } as const;
const { id } = waitingEntry;
const limited = roomyLimits.replace('defaults:', 'defaults:\n  max_runtime_h: 10');

/** What tells who did it, with what it begins with. */
const acts: readonly {
  readonly tells: EventType;
  readonly calls: readonly Asked[];
  readonly limits?: string;
  readonly prepare?: (world: World) => unknown;
}[] = [
  { tells: 'container.stopped-by-admin', calls: [['admin.containers.stop', thesis]] },
  { tells: 'container.protected', calls: [['admin.containers.protect', thesis]] },
  {
    tells: 'container.unprotected',
    calls: [
      ['admin.containers.protect', thesis],
      ['admin.containers.protect', { ...thesis, on: false }],
    ],
  },
  {
    tells: 'container.adopted',
    calls: [['admin.containers.adopt', { container: 'behind', user: 'bob' }]],
    prepare: async (world) => {
      const [made] = await world.engine.listContainers();
      const details = await world.engine.inspectContainer(made?.id ?? foreign);
      await planted(world, { ...details, id: foreign, dockerName: 'behind', labels: {} });
    },
  },
  { tells: 'lifecycle.extended', calls: [['containers.extend', extending]], limits: limited },
  {
    tells: 'lifecycle.extension-refused',
    calls: [
      ['containers.extend', { ...extending, byMs: 1000 * hourMs }],
      ['admin.users.extend', { ...runtime, grant: false }],
    ],
    limits: limited,
  },
  {
    tells: 'lifecycle.paused',
    calls: [['admin.lifecycle.pause', { untilMs: Date.UTC(2100, 0, 1) }]],
  },
  {
    tells: 'limits.set',
    calls: [['admin.limits.set', { user: 'alice', changes: { max_cpus: '2' } }]],
  },
  {
    tells: 'exemption.added',
    calls: [['admin.exemptions.add', { user: 'alice', rules: ['idle_timeout_h'] }]],
  },
  {
    tells: 'exemption.removed',
    calls: [
      ['admin.exemptions.add', { user: 'alice', rules: ['idle_timeout_h'] }],
      ['admin.exemptions.remove', { user: 'alice' }],
    ],
  },
  {
    tells: 'group.changed',
    calls: [['admin.groups.put', { group: 'staff', user: 'alice' }]],
    limits: `${roomyLimits}  staff: {}\n`,
  },
  { tells: 'user.offboarded', calls: [['admin.users.offboard', { user: 'alice' }]] },
  { tells: 'user.notified', calls: [['admin.notify', { user: 'alice', message: 'hello' }]] },
  { tells: 'emergency.stopped', calls: [['admin.emergency-stop', { user: null }]] },
  { tells: 'queue.left', calls: [['queue.leave', { id }]] },
  { tells: 'queue.changed', calls: [['admin.queue.move', { id, to: 'first' }]] },
  { tells: 'queue.held', calls: [['admin.queue.hold', {}]] },
  {
    tells: 'queue.resumed',
    calls: [
      ['admin.queue.hold', {}],
      ['admin.queue.hold', { on: false }],
    ],
  },
  { tells: 'queue.drained', calls: [['admin.queue.drain', {}]] },
  {
    tells: 'queue.opened',
    calls: [
      ['admin.queue.drain', {}],
      ['admin.queue.drain', { on: false }],
    ],
  },
  {
    tells: 'reservation.added',
    calls: [['admin.reservations.add', { slots: ['0'], user: 'bob', untilMs: Date.UTC(2036, 0) }]],
  },
  {
    tells: 'reservation.removed',
    prepare: async (world) =>
      world.config.set(
        'reservations.yaml',
        'reservations:\n  - {id: r1, username: bob, gpus: "0", from: 2036-01-01, until: 2036-01-02}\n',
      ),
    calls: [['admin.reservations.remove', { id: 'r1' }]],
  },
  { tells: 'token.created', calls: [['tokens.create', { name: 'laptop' }]] },
];

/** Who did it, in events of one type. */
const byIn = (world: World, type: EventType): readonly unknown[] =>
  happened(world, type).map(({ details }) => Reflect.get(details, 'by'));

test.each(acts)('$tells says who did it, not for whom', async ({ tells, ...act }) => {
  const { calls, limits = roomyLimits, prepare } = act;
  const world = createWorld({ accounts, limits, settings: 'lifecycle: {extend_max_h: 24}' });
  const operations = operationsOf(world);
  await deployed(world, 'thesis');
  world.store.transaction(({ queue }) => queue.put(waitingEntry));
  await prepare?.(world);
  for (const [call, input] of calls) await operations.call(call, inNameOf(alice), input);
  const told = byIn(world, tells);
  expect(told.length).toBeGreaterThan(0);
  expect(new Set(told)).toEqual(new Set(['dana']));
});

test('a token of somebody is changed by who changed it', async () => {
  const world = createWorld({ accounts });
  const operations = operationsOf(world);
  const { token } = await operations.call('tokens.create', alice, { name: 'laptop' });
  await operations.call('tokens.rotate', inNameOf(alice), { id: token.id });
  await operations.call('tokens.revoke', inNameOf(alice), { id: token.id });
  expect(happened(world, 'token.').map(({ details }) => Reflect.get(details, 'by'))).toEqual([
    'alice',
    'dana',
    'dana',
  ]);
});

test('every type of event that says who did it is tried here', () => {
  const saying = eventTypes.filter((type) => 'by' in eventTable[type].details.shape);
  const tried = [...acts.map(({ tells }) => tells), 'token.rotated', 'token.revoked'];
  expect(tried.toSorted()).toEqual(saying.toSorted());
});

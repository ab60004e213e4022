import {
  containerIdSchema,
  isCallId,
  routeIds,
  routes,
  type CallId,
  type RouteInput,
} from '@ds01/contracts';
import type { TokenRecord } from '@ds01/ports';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { deployed, requestFor } from '../testing/commands.ts';
import { planted } from '../testing/adoption.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { waitingEntry } from '../testing/queue.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';
import type { Operations } from './operations.ts';

/** A token that Alice has in every world. */
const tokenId = `t${'0'.repeat(20)}`;
const foreignId = containerIdSchema.parse('b'.repeat(64));

const aliceToken: TokenRecord = {
  id: tokenId,
  name: 'notebook',
  user: alice.owner.name,
  uid: alice.owner.uid,
  scope: 'write',
  hash: 'a'.repeat(64),
  hint: 'ds01_Ab3d…',
  createdAtMs: 0,
  expiresAtMs: Date.UTC(2100, 0, 1),
  revokedAtMs: null,
  lastUsedAtMs: null,
  lastUsedFrom: null,
};

/** What each call that changes something needs at least; a new one has to be added. */
const leastInputs: Readonly<Record<string, object>> = {
  'containers.deploy': requestFor('thesis'),
  'containers.start': { name: 'thesis' },
  'containers.stop': { name: 'thesis' },
  'containers.restart': { name: 'thesis' },
  'containers.rename': { name: 'thesis', newName: 'dissertation' },
  'containers.pause': { name: 'thesis' },
  'containers.unpause': { name: 'thesis' },
  'containers.remove': { name: 'thesis' },
  'containers.retire': { name: 'thesis' },
  'containers.commit': { name: 'thesis', tag: 'with-tools' },
  'images.tag': { name: 'thesis', to: 'experiment-1' },
  'images.rollback': { name: 'thesis' },
  'images.delete': { name: 'thesis' },
  'images.prune': {},
  'images.share': { name: 'thesis', users: ['bob'], groups: ['student'] },
  'images.push': { name: 'thesis', target: 'registry.example.org/team/thesis:v1' },
  'images.pull': { reference: 'registry.example.org/team/thesis' },
  'admin.doctor.fix': {},
  'admin.containers.stop': { container: 'alice/thesis' },
  'admin.containers.remove': { container: 'alice/thesis' },
  'admin.containers.protect': { container: 'alice/thesis' },
  'admin.containers.adopt': { container: 'behind', user: 'bob' },
  'admin.leases.release': { lease: 'none' },
  'admin.emergency-stop': { user: null },
  'admin.users.offboard': { user: 'alice' },
  'admin.notify': { user: null, message: 'The server restarts at noon' },
  'containers.keep': { name: 'thesis', forMs: hourMs },
  'containers.extend': { name: 'thesis', byMs: hourMs },
  'admin.users.extend': { user: 'alice', container: 'thesis', byMs: hourMs },
  'admin.lifecycle.run': {},
  'admin.lifecycle.pause': { untilMs: Date.UTC(2100, 0, 1) },
  'notifications.set': { channels: { mail: false } },
  'admin.limits.set': { user: 'alice', changes: { max_cpus: '2' } },
  'admin.exemptions.add': { user: 'alice', rules: ['idle_timeout_h'] },
  'admin.exemptions.remove': { user: 'bob' },
  'admin.reservations.add': { slots: ['0'], user: 'alice', untilMs: Date.UTC(2030, 0) },
  'admin.reservations.remove': { id: 'r1' },
  'admin.groups.put': { group: 'student', user: 'alice' },
  'admin.groups.sync': {},
  'queue.leave': { id: waitingEntry.id },
  'tokens.create': { name: 'laptop' },
  'tokens.revoke': { id: tokenId },
  'tokens.rotate': { id: tokenId },
  'admin.tokens.create': { user: 'alice', name: 'laptop' },
  'admin.tokens.revoke': { id: tokenId },
  'admin.tokens.rotate': { id: tokenId },
  'admin.queue.move': { id: waitingEntry.id, to: 'first' },
  'admin.queue.priority': { id: waitingEntry.id, priority: 'high' },
  'admin.queue.hold': {},
  'admin.queue.drain': {},
  'admin.queue.remove': { id: waitingEntry.id },
};
/** Only say to what is under way that it should undo itself; there is nothing to preview. */
const withoutPreview = ['requests.cancel', 'operations.cancel'];

const calls = routeIds
  .filter(isCallId)
  .filter((id) => routes[id].mutates && !withoutPreview.includes(id));

/** What a container may be before: each is made in a world of its own. */
const beginnings: Readonly<Record<string, (world: World, operations: Operations) => unknown>> = {
  'nothing is there': () => undefined,
  'it runs': (world) => deployed(world, 'thesis'),
  'it runs without a GPU': (world) => deployed(world, 'thesis', { gpu: { kind: 'none' } }),
  'it was created': (world) => deployed(world, 'thesis', { start: false }),
  'it is paused': async (world, operations) => {
    await deployed(world, 'thesis');
    await operations.call('containers.pause', alice, { name: 'thesis' });
  },
  'it is stopped': async (world, operations) => {
    await deployed(world, 'thesis');
    await operations.call('containers.stop', alice, { name: 'thesis' });
  },
  'its GPU should be given back by now': async (world, operations) => {
    await deployed(world, 'thesis');
    await operations.call('containers.stop', alice, { name: 'thesis' });
    world.clock.advance(3 * hourMs);
  },
  'two versions of an image are there': async (world) => {
    const container = await deployed(world, 'other', { gpu: { kind: 'none' } });
    const { id } = container.container;
    const repository = 'ds01-alice/thesis';
    await world.engine.tagImage('ds01/busybox', { repository, tag: 'b20261121-1' });
    world.clock.advance(hourMs);
    await world.engine.commitContainer(id, { repository, tag: 'latest', pause: false });
  },
  'one was made without DS01': async (world) => {
    const made = await deployed(world, 'thesis');
    const details = await world.engine.inspectContainer(made.container.id);
    await planted(world, { ...details, id: foreignId, dockerName: 'behind', labels: {} });
  },
  'something is waited for': (world) => {
    world.store.transaction(({ queue, tokens }) => {
      queue.put(waitingEntry);
      tokens.put(aliceToken);
    });
  },
  'it ended by itself': async (world) => {
    await deployed(world, 'thesis');
    world.restartEngine();
  },
};

/** A lease that is there, for what is about one. */
function livingLease(id: CallId, { store }: World): object {
  const lease = store.transaction(({ leases }) => leases.live().at(0)?.id);
  return id === 'admin.leases.release' && lease !== undefined ? { lease } : {};
}

/** The least input, and every combination of the switches that the schema has beside it. */
function inputsOf(id: CallId, world: World): readonly object[] {
  const least = { ...leastInputs[id], ...livingLease(id, world) };
  const shape = z
    .object({ shape: z.record(z.string(), z.unknown()) })
    .parse(routes[id].input).shape;
  const schema = routes[id].input;
  const switches = Object.keys(shape).filter((key) =>
    [true, false].every((value) => schema.safeParse({ ...least, [key]: value }).success),
  );
  return switches.reduce<readonly object[]>(
    (inputs, key) =>
      inputs.flatMap((input) => [true, false].map((on) => ({ ...input, [key]: on }))),
    [least],
  );
}

/** Engine, ledger, grants, pins and cgroups, as they are. */
async function everything({ engine, store, gate, pins, cgroups, folders, config }: World) {
  const listed = await engine.listContainers();
  return structuredClone({
    listed,
    containers: await Promise.all(listed.map(({ id }) => engine.inspectContainer(id))),
    images: await engine.listImages(),
    networks: await engine.listNetworks(),
    ledger: store.transaction(({ leases, containers, builds, queue, tokens, meta }) => [
      leases.live(),
      tokens.list(null),
      queue.live(),
      containers.all(),
      builds.list({ uid: null, name: null }),
      meta.list(''),
    ]),
    grants: [...gate.grants],
    free: [...gate.free],
    pins: [...pins.pinned],
    cgroups: [...cgroups.folders],
    folders: JSON.stringify(folders),
    files: config.files.read(),
  });
}

test('every call that changes something has a preview that is tried below', () => {
  expect(calls.toSorted()).toEqual(Object.keys(leastInputs).toSorted());
  const world = createWorld();
  expect(inputsOf('containers.deploy', world).length).toBeGreaterThanOrEqual(4);
  expect(inputsOf('containers.stop', world)).toHaveLength(2);
  world.close();
});

test.each(calls)('a preview of %s changes nothing, whatever it finds', async (id) => {
  let previewed = 0;
  for (const [name, begin] of Object.entries(beginnings)) {
    const world = createWorld({
      accounts: [alice.owner, bob.owner],
      config: {
        'lifecycle-exemptions.yaml':
          'exemptions:\n  - {username: bob, exempt_from: [idle_timeout_h]}\n',
        'reservations.yaml':
          'reservations:\n  - {id: r1, username: bob, gpus: ["0"], from: 2035-01-01, until: 2035-01-02}\n',
      },
    });
    const operations = operationsOf(world);
    await begin(world, operations);
    const before = await everything(world);
    for (const input of inputsOf(id, world)) {
      const person = routes[id].role === 'admin' ? dana : alice;
      const preview = operations.call(id, person, input as RouteInput<CallId>, { dryRun: true });
      // A refusal is an answer too.
      previewed += await preview.then(
        () => 1,
        () => 0,
      );
      expect(await everything(world), `${name}: ${JSON.stringify(input)}`).toEqual(before);
    }
    world.close();
  }
  expect(previewed).toBeGreaterThan(0);
});

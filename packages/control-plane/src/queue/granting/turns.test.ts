import { queueEntrySchema } from '@ds01/contracts/service';
import { expect, test } from 'vitest';
import { gpu, host } from '../../testing/gpus.ts';
import { brokenInvariants } from '../../testing/invariants.ts';
import { alice, bob, carol, dana, everybody } from '../../testing/people.ts';
import { liveEntries, startQueue } from '../../testing/queue.ts';
import { eventTypes } from '../../testing/rules.ts';
import { createWorld } from '../../testing/world.ts';

function oneGpu(settings = '') {
  return createWorld({ accounts: everybody, gpus: host(gpu(0)), settings });
}

test('who waits gets the GPU that is given back, and the container runs', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const lines: string[] = [];
  const waiting = daemon.deploy(
    bob,
    { name: 'thesis' },
    { onProgress: (line) => lines.push(line) },
  );
  await daemon.settle();
  expect(liveEntries(world)).toMatchObject([{ user: 'bob', state: 'waiting' }]);
  expect(lines[0]).toMatch(/^waiting for 1 GPU: position 1 of 1, .* \(q[0-9a-z]{20}\)$/);
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  const done = await waiting;
  expect(done.container).toMatchObject({
    name: 'thesis',
    user: 'bob',
    state: 'running',
    slots: ['0'],
  });
  expect(done.explanation).toContain('came with its turn');
  expect(liveEntries(world)).toEqual([]);
  expect(eventTypes(world, 'queue.')).toEqual(['queue.joined', 'queue.granted', 'queue.claimed']);
  expect(daemon.told()).toBe(0);
  await daemon.stop();
});

test('a request that could never be granted is refused at once', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  await expect(
    daemon.deploy(bob, { name: 'thesis', gpu: { kind: 'whole', count: 3 } }),
  ).rejects.toMatchObject({ code: expect.stringMatching(/^(?:gpu|quota)\./) });
  expect(liveEntries(world)).toEqual([]);
  await daemon.stop();
});

test('a plain deploy doesn’t get before those that wait', async () => {
  const settings = 'queue:\n  order: fifo\n';
  const world = createWorld({ accounts: everybody, gpus: host(gpu(0), gpu(1)), settings });
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const two = { kind: 'whole', count: 2 } as const;
  const waiting = daemon.deploy(bob, { name: 'big', gpu: two });
  await daemon.settle();
  await expect(daemon.deploy(carol, { name: 'small', wait: null })).rejects.toMatchObject({
    code: 'gpu.none-free',
    message: expect.stringContaining('1 request waits for GPUs'),
  });
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  expect((await waiting).container.slots).toEqual(['0', '1']);
  await daemon.stop();
});

test('a GPU that comes free is granted by the last reading, whatever the ended process did on it', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  const first = await daemon.deploy(alice, { name: 'first' });
  const process = { pid: 4711, kind: 'C' as const, memoryBytes: 0, name: 'python' };
  const computing = { ...process, gpuInstanceId: null, computeInstanceId: null };
  world.probe.set(host(gpu(0, { processes: [computing] })));
  world.containerPids.set(4711, first.container.id);
  const connection = new AbortController();
  const waiting = daemon.deploy(bob, { name: 'thesis' }, { signal: connection.signal });
  await daemon.settle();
  connection.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  world.containerPids.delete(4711);
  const [lease] = world.store.transaction(({ leases }) => leases.live());
  daemon.deps.store.transaction(({ leases }) => {
    if (lease === undefined) throw new Error('no lease');
    const expected = { token: lease.token, states: [lease.state] };
    leases.update(lease.id, expected, { state: 'released' });
  });
  // No engine and no probe is asked in between.
  await Promise.resolve();
  expect(liveEntries(world)).toMatchObject([{ state: 'granted' }]);
  await daemon.stop();
});

test('GPUs that nobody has read for half a minute are read before anything is granted', async () => {
  const world = oneGpu();
  const first = startQueue(world);
  await first.deploy(alice, { name: 'first' });
  const connection = new AbortController();
  const waiting = first.deploy(bob, { name: 'thesis' }, { signal: connection.signal });
  await first.settle();
  connection.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await first.stop();
  const second = startQueue(world);
  const { entries } = await second.operations.call('queue.list', bob, {});
  expect(entries[0]?.reason.code).toBe('gpus-unknown');
  await second.settle();
  const later = await second.operations.call('queue.list', bob, {});
  expect(later.entries[0]?.reason.code).toBe('no-slot-free');
  await second.stop();
});

test('a waiting request is followed from place to place to its end', async () => {
  const world = oneGpu('queue:\n  order: fifo\n');
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const bobs = daemon.deploy(bob, { name: 'thesis' });
  await daemon.settle();
  world.clock.advance(1000);
  const carols = daemon.deploy(carol, { name: 'next' });
  await daemon.settle();
  const id = liveEntries(world)[1]?.id ?? '';
  const seen: string[] = [];
  const followed = (async () => {
    for await (const { bytes } of await daemon.operations.stream('queue.follow', carol, { id })) {
      const view = queueEntrySchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
      const said = `${view.state} ${view.position}`;
      if (seen.at(-1) !== said) seen.push(said);
    }
  })();
  await expect.poll(() => seen).toEqual(['waiting 2']);
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  await bobs;
  await daemon.settle();
  await daemon.operations.call('containers.retire', bob, { name: 'thesis' });
  await carols;
  await followed;
  expect(seen).toEqual(['waiting 2', 'waiting 1', 'granted null', 'claimed null']);
  await daemon.stop();
});

test('a start and a replacement keep the rules of the queue, too', async () => {
  const world = oneGpu('queue:\n  order: fifo\n');
  const daemon = startQueue(world);
  const { operations } = daemon;
  await daemon.deploy(alice, { name: 'first' });
  await operations.call('containers.stop', alice, { name: 'first' });
  const connection = new AbortController();
  const waiting = daemon.deploy(bob, { name: 'thesis' }, { signal: connection.signal });
  await daemon.settle();
  connection.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await operations.call('admin.queue.hold', dana, {});
  world.clock.advance(20 * 60_000);
  await daemon.settle();
  await operations.call('containers.list', alice, { all: true });
  await expect(operations.call('containers.start', alice, { name: 'first' })).rejects.toMatchObject(
    {
      code: 'gpu.none-free',
    },
  );
  await daemon.stop();
});

test('who replaces a container gets as much as it gave back out of turn, and no more', async () => {
  const settings = 'queue:\n  order: fifo\n';
  const world = createWorld({ accounts: everybody, gpus: host(gpu(0), gpu(1), gpu(2)), settings });
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  await daemon.deploy(carol, { name: 'other' });
  const two = { kind: 'whole', count: 2 } as const;
  const waiting = daemon.deploy(bob, { name: 'big', gpu: two });
  await daemon.settle();
  const replacement = { name: 'first', wait: null, replace: true } as const;
  await expect(daemon.deploy(alice, { ...replacement, gpu: two })).rejects.toMatchObject({
    code: 'gpu.none-free',
    message: expect.stringContaining('1 request waits for GPUs'),
  });
  const { container } = await daemon.deploy(alice, replacement);
  expect(container).toMatchObject({ state: 'running', gpuEquivalents: 1 });
  await daemon.operations.call('containers.retire', carol, { name: 'other' });
  expect((await waiting).container.gpuEquivalents).toBe(2);
  await daemon.stop();
});

test('a preview of a deploy that would wait says so', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const input = { image: 'ds01/busybox', project: null, workspace: null } as const;
  const ask = { ...input, name: 'thesis', gpu: { kind: 'any' }, wait: { forMs: null } } as const;
  const preview = await daemon.operations.call('containers.deploy', bob, ask, { dryRun: true });
  expect(preview.outcome).toBe('would-create');
  expect(preview.explanation).toContain('it would wait for its turn');
  expect(liveEntries(world)).toEqual([]);
  await daemon.stop();
});

test('what is granted stays whoever’s is at work on it, for several windows', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const connection = new AbortController();
  const waiting = daemon.deploy(bob, { name: 'thesis' }, { signal: connection.signal });
  await daemon.settle();
  connection.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  const id = liveEntries(world)[0]?.id ?? '';
  const leave = daemon.queue.attend(id);
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  for (let minute = 0; minute < 9; minute += 1) {
    world.clock.advance(60_000);
    await daemon.settle();
    await daemon.operations.call('containers.list', alice, { all: true });
  }
  expect(liveEntries(world)).toMatchObject([{ state: 'granted' }]);
  leave();
  expect(daemon.told()).toBe(1);
  for (let minute = 0; minute < 3; minute += 1) {
    world.clock.advance(60_000);
    await daemon.settle();
  }
  expect(liveEntries(world)).toEqual([]);
  await daemon.stop();
});

test('a stopped container whose GPU somebody else has waits for that one', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  const { operations } = daemon;
  const first = await daemon.deploy(bob, { name: 'thesis' });
  await operations.call('containers.stop', bob, { name: 'thesis' });
  world.clock.advance(20 * 60_000);
  await daemon.settle();
  await daemon.deploy(alice, { name: 'other' });
  const again = daemon.deploy(bob, { name: 'thesis' });
  await daemon.settle();
  expect(liveEntries(world)).toMatchObject([{ user: 'bob', gpu: { kind: 'exact' } }]);
  await operations.call('containers.retire', alice, { name: 'other' });
  const done = await again;
  expect([done.outcome, done.container.id]).toEqual(['started', first.container.id]);
  expect(eventTypes(world, 'queue.').at(-1)).toBe('queue.claimed');
  expect(await brokenInvariants(world)).toEqual([]);
  await daemon.stop();
});

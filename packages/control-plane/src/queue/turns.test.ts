import { expect, test } from 'vitest';
import { gpu, host } from '../testing/gpus.ts';
import { alice, bob, carol } from '../testing/people.ts';
import { liveEntries, startQueue } from '../testing/queue.ts';
import { eventTypes } from '../testing/rules.ts';
import { createWorld } from '../testing/world.ts';

function oneGpu() {
  return createWorld({ gpus: host(gpu(0)) });
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
  const world = createWorld({ gpus: host(gpu(0), gpu(1)), settings });
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

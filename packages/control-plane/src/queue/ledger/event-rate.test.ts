import { expect, test } from 'vitest';
import { gpu, host } from '../../testing/gpus.ts';
import { alice, bob, everybody } from '../../testing/people.ts';
import { liveEntries, startQueue } from '../../testing/queue.ts';
import { eventsOf, eventTypes } from '../../testing/rules.ts';
import { createWorld } from '../../testing/world.ts';

test('of whoever joins and leaves in a loop the first are written down, and how many more there were', async () => {
  const world = createWorld({ accounts: everybody, gpus: host(gpu(0)) });
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const joinAndLeave = async (): Promise<void> => {
    const waiting = daemon.deploy(bob, { name: 'thesis' });
    waiting.catch(() => undefined);
    await daemon.settle();
    const [entry] = liveEntries(world);
    await daemon.operations.call('queue.leave', bob, { id: entry?.id ?? '' });
    await expect(waiting).rejects.toMatchObject({ code: 'queue.ended' });
  };
  for (let round = 0; round < 15; round += 1) await joinAndLeave();
  const firstTypes = eventTypes(world, 'queue.');
  expect(firstTypes).toHaveLength(20);
  expect(firstTypes).not.toContain('queue.many');
  world.clock.advance(600_000);
  await daemon.settle();
  const many = eventsOf(world, 'queue.many').map(({ event }) => event);
  expect(many).toMatchObject([{ user: 'bob', uid: bob.owner.uid, details: { unwritten: 10 } }]);
  await joinAndLeave();
  expect(eventTypes(world, 'queue.').slice(21)).toEqual(['queue.joined', 'queue.left']);
  await daemon.stop();
});

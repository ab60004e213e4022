import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';

const isLong = process.env['DS01_TEST_LONG'] === '1';
const count = isLong ? 100_000 : 10_000;
/** CPU time of one of them; usually it is a tenth. */
const maxMs = isLong ? 1500 : 500;

describe(`${count} events`, () => {
  test('are listed, narrowed, counted and removed while a person waits', async () => {
    const stateDirectory = mkdtempSync(`${tmpdir()}/ds01-events-`);
    const world = createWorld({ stateDirectory });
    world.store.transaction(({ events }) => {
      for (let made = 0; made < count; made += 1) {
        const { owner } = made % 1000 === 0 ? alice : bob;
        const about = { user: owner.name, uid: owner.uid, containerId: null };
        const container = `c${made % 50}._.${owner.name}`;
        const event = { type: 'container.started' as const, ...about, container, details: {} };
        events.append(event, world.clock.nowMs() + made);
      }
    });
    const calls = operationsOf(world);
    const took: Record<string, number> = {};
    const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      const before = process.cpuUsage();
      const result = await work();
      const { user, system } = process.cpuUsage(before);
      took[what] = Math.round((user + system) / 1000);
      return result;
    };
    const own = await timed('own', () => calls.call('events.list', alice, { limit: 100 }));
    expect(own.events).toHaveLength(Math.min(100, count / 1000));
    const none = { type: 'gpu', container: 'nothing' };
    const rare = await timed('nothing', () => calls.call('events.list', dana, none));
    expect(rare.events).toEqual([]);
    const last = await timed('last', () => calls.call('events.list', dana, { limit: 10_000 }));
    expect(last.events).toHaveLength(10_000);
    const summary = await timed('summary', () => calls.call('events.summary', dana, {}));
    expect(summary.total).toBe(count);
    const { deleted } = await timed('removal', async () => ({
      deleted: world.store.transaction(({ events }) =>
        events.removeBefore(world.clock.nowMs() + count / 2),
      ),
    }));
    expect(deleted).toBe(count / 2);
    console.log(`${count} events: ${JSON.stringify(took)} ms of CPU`);
    expect(Object.values(took).filter((ms) => ms > maxMs)).toEqual([]);
    world.close();
    rmSync(stateDirectory, { recursive: true, force: true });
  });
});

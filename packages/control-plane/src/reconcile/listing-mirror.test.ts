import type { ContainerId } from '@ds01/contracts';
import type { ContainerEngine, ContainerListing } from '@ds01/ports';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foreignContainer } from '../testing/foreign.ts';
import { createWorld } from '../testing/world.ts';
import { mirrorListing } from './listing-mirror.ts';

const ids = [0, 1, 2, 3].map((number) => foreignContainer(number).id);
const [first, second] = ids as [ContainerId, ContainerId];

/** A mirror of an engine with four running containers, and what the engine is asked for. */
function mirrored() {
  const world = createWorld();
  for (const number of ids.keys()) world.engine.plant(foreignContainer(number));
  const asked: (number | 'all')[] = [];
  let before: () => Promise<void> = () => Promise.resolve();
  const engine: ContainerEngine = {
    ...world.engine,
    async listContainers(options) {
      asked.push(options?.only?.length ?? 'all');
      const rows = await world.engine.listContainers(options);
      await before();
      return rows;
    },
  };
  const mirror = mirrorListing(engine, world.clock);
  mirror.listening(true);
  return {
    ...mirror,
    /** The engine as others use it. */
    others: world.engine,
    clock: world.clock,
    asked,
    stateOf: async (id: ContainerId) => (await mirror.list()).find((row) => row.id === id)?.state,
    beforeAnswer: (work: () => Promise<void>) => {
      before = work;
    },
  };
}

function byId(rows: readonly ContainerListing[]): readonly ContainerListing[] {
  return rows.toSorted((left, right) => (left.id < right.id ? -1 : 1));
}

describe('a mirror of what the engine lists', () => {
  test('asks for all once, and then for what the events name', async () => {
    const { list, others, asked, noteChanged, stateOf } = mirrored();
    expect(byId(await list())).toEqual(byId(await others.listContainers()));
    await list();
    expect(asked).toEqual(['all']);
    await others.pauseContainer(first);
    noteChanged(first);
    expect(await stateOf(first)).toBe('paused');
    expect(await list()).toHaveLength(ids.length);
    expect(asked).toEqual(['all', 1]);
  });

  test('knows by itself what was changed through it', async () => {
    const { engine, list, asked, stateOf } = mirrored();
    await list();
    await engine.pauseContainer(first);
    await engine.removeContainer(second, { force: true });
    expect(await stateOf(first)).toBe('paused');
    expect(await stateOf(second)).toBeUndefined();
    await expect(engine.startContainer(first)).rejects.toMatchObject({ code: 'engine.conflict' });
    await list();
    expect(asked).toEqual(['all', 2, 1]);
  });

  test('asks for all again after 5 s, and when anything may have changed', async () => {
    const { clock, list, asked, noteChanged } = mirrored();
    await list();
    clock.advance(4999);
    await list();
    expect(asked).toEqual(['all']);
    clock.advance(1);
    await list();
    noteChanged(null);
    await list();
    expect(asked).toEqual(['all', 'all', 'all']);
  });

  test('asks for all each time while the events do not come', async () => {
    const { list, listening, asked } = mirrored();
    listening(false);
    await list();
    await list();
    listening(true);
    await list();
    await list();
    expect(asked).toEqual(['all', 'all', 'all']);
  });

  test('keeps nothing that was asked for before the events came', async () => {
    const { list, listening, asked, beforeAnswer } = mirrored();
    listening(false);
    const answer = Promise.withResolvers<void>();
    beforeAnswer(() => answer.promise);
    const early = list();
    listening(true);
    answer.resolve();
    await early;
    await list();
    expect(asked).toEqual(['all', 'all']);
  });

  test('asks for who should be there and is not listed, event or none', async () => {
    const { list, others, asked } = mirrored();
    await list();
    const made = foreignContainer(9);
    others.plant(made);
    expect(await list({ expected: [first] })).toHaveLength(ids.length);
    expect(await list({ expected: [first, made.id] })).toHaveLength(ids.length + 1);
    await list({ expected: [made.id] });
    expect(asked).toEqual(['all', 1]);
  });

  test('asks for what has ended for a second, since the engine may list it as running', async () => {
    const { list, noteEnded, clock, asked } = mirrored();
    await list();
    noteEnded(first);
    await list();
    clock.advance(999);
    await list();
    clock.advance(1);
    await list();
    expect(asked).toEqual(['all', 1, 1]);
  });

  test('whoever asks after a change gets none of what was asked for before it', async () => {
    const { list, others, noteChanged, asked, beforeAnswer, stateOf } = mirrored();
    await list();
    noteChanged(second);
    const answer = Promise.withResolvers<void>();
    beforeAnswer(() => answer.promise);
    const early = list();
    await others.pauseContainer(first);
    noteChanged(first);
    const late = [stateOf(first), stateOf(first)];
    answer.resolve();
    await early;
    expect(await Promise.all(late)).toEqual(['paused', 'paused']);
    expect(asked).toEqual(['all', 1, 1]);
  });

  test('forgets no change that it could not ask about', async () => {
    const { list, others, noteChanged, beforeAnswer, stateOf } = mirrored();
    await list();
    await others.pauseContainer(first);
    noteChanged(first);
    beforeAnswer(() => Promise.reject(new Error('the engine is away')));
    await expect(list()).rejects.toThrow('the engine is away');
    beforeAnswer(() => Promise.resolve());
    expect(await stateOf(first)).toBe('paused');
  });

  test('who leaves takes nothing from those who stay', async () => {
    const { list, asked } = mirrored();
    const leaving = new AbortController();
    const left = list({ signal: leaving.signal });
    const staying = list();
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(await staying).toHaveLength(ids.length);
    expect(asked).toEqual(['all']);
  });

  test('is what the engine lists, whatever is done through it and beside it', async () => {
    const step = fc.record({
      act: fc.constantFrom('pause', 'unpause', 'stop', 'start', 'remove', 'rename', 'plant'),
      number: fc.nat(5),
      isOwn: fc.boolean(),
      laterMs: fc.constantFrom(0, 0, 0, 300, 6000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { engine, others, list, noteChanged, clock } = mirrored();
        let names = 0;
        for (const { act, number, isOwn, laterMs } of steps) {
          const { id } = foreignContainer(number);
          const on = isOwn ? engine : others;
          names += 1;
          const acts: Readonly<Record<typeof act, () => Promise<unknown>>> = {
            pause: () => on.pauseContainer(id),
            unpause: () => on.unpauseContainer(id),
            stop: () => on.stopContainer(id, { timeoutSeconds: 1 }),
            start: () => on.startContainer(id),
            remove: () => on.removeContainer(id, { force: true }),
            rename: () => on.renameContainer(id, `renamed-${String(names)}`),
            plant: async () => {
              const there = await others.listContainers({ only: [id] });
              if (there.length === 0) others.plant(foreignContainer(number));
            },
          };
          await acts[act]().catch(() => undefined);
          if (!isOwn || act === 'plant') noteChanged(id);
          clock.advance(laterMs);
          expect(byId(await list())).toEqual(byId(await others.listContainers()));
        }
      }),
      { numRuns: 40 },
    );
  });
});

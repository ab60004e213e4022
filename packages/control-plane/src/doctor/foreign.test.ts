import { expect, test } from 'vitest';
import { checkForeign } from './foreign.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { foreignContainer, gpusFlag, predecessorContainer } from '../testing/foreign.ts';
import { alice, bob } from '../testing/people.ts';
import { createWorld, type World } from '../testing/world.ts';

const accounts = [alice.owner, bob.owner];

async function look(world: World) {
  const deps = world.deps();
  const [check = null] = await checkForeign(deps, loadCurrentPolicy(deps));
  return check;
}

test('a container of nobody known with a GPU is found, also before the ledger knows of it', async () => {
  const world = createWorld({ accounts });
  expect(await look(world)).toBeNull();
  world.engine.plant(foreignContainer(1, gpusFlag({ count: 1 })));
  expect(await look(world)).toEqual({
    id: 'foreign',
    ok: true,
    severity: 'warning',
    message: 'foreign-1 of nobody known has GPU 0',
    hint: 'ds01-admin containers',
  });
  expect(world.store.transaction(({ leases }) => leases.live())).toEqual([]);
});

test('one within its owner’s limit is none of the site’s worries, one beyond it is', async () => {
  const world = createWorld({ accounts });
  world.engine.plant(predecessorContainer(1, bob.owner, gpusFlag({ deviceIds: ['0'] })));
  expect(await look(world)).toBeNull();
  world.engine.plant(predecessorContainer(2, alice.owner, gpusFlag({ count: -1 })));
  world.setLimits('defaults: { max_gpu_equivalents: 1, allow_full_gpu: true }\n');
  const check = await look(world);
  expect(check).toMatchObject({ ok: true, severity: 'warning' });
  expect(check?.message.split('; ')).toEqual([
    'alice has 2.00 of 1.00 GPUs with thesis._.2001, which DS01 did not make',
    'thesis._.2001 asks for every GPU (--gpus all), whatever it computes on',
  ]);
});

test('an owner who could not be looked for is said', async () => {
  const world = createWorld({ accounts });
  world.folders.broken = true;
  world.engine.plant(predecessorContainer(1, bob.owner));
  expect((await look(world))?.message).toBe('the owner of thesis._.2002 could not be looked for');
});

import { containerIdSchema, ds01Error } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { loadCurrentPolicy } from '../policy.ts';
import { deployed, listAll } from '../testing/commands.ts';
import { foreignContainer } from '../testing/foreign.ts';
import { createWorld, type World } from '../testing/world.ts';
import { mirrorListing } from './listing-mirror.ts';
import { createSharedLooks } from './shared-looks.ts';
import type { ReconcileOptions } from './reconcile.ts';

/** A daemon's reads on a world in which `listContainers` is counted. */
async function daemonOf(world: World) {
  world.engine.plant(foreignContainer(1));
  await listAll(world);
  const process = world.process();
  const { deps } = process;
  const looks = createSharedLooks(deps.clock);
  looks.listening(true);
  const policy = loadCurrentPolicy(deps);
  return {
    looks,
    deps,
    look: (options?: ReconcileOptions) => looks.look(deps, policy, options),
    listings: () =>
      process.lifeline.calls.filter((call) => call === 'engine.listContainers').length,
  };
}

describe('reads that share what they see', () => {
  test('look once together, and not again for a second', async () => {
    const world = createWorld();
    const { look, listings } = await daemonOf(world);
    const together = await Promise.all(Array.from({ length: 50 }, () => look()));
    expect(new Set(together).size).toBe(1);
    world.clock.advance(999);
    expect(await look({ gpus: 'if-quick' })).toBe(together[0]);
    expect(await look({ dryRun: true })).toBe(together[0]);
    expect(listings()).toBe(1);
    world.clock.advance(1);
    await look();
    expect(listings()).toBe(2);
  });

  test('never see what was before a change', async () => {
    const world = createWorld();
    const { look, looks, deps } = await daemonOf(world);
    const before = await look();
    const [container] = before.containers;
    if (container === undefined) throw new Error('there is no container');
    await looks.changing(() => deps.engine.pauseContainer(container.record.id));
    expect((await look()).containers[0]?.state).toBe('paused');
  });

  test('do not take a look that began before a change', async () => {
    const world = createWorld();
    const { look, looks, listings } = await daemonOf(world);
    const early = look();
    looks.forget();
    const late = look();
    expect(await early).not.toBe(await late);
    expect(await look()).toBe(await late);
    expect(listings()).toBe(2);
  });

  test('who comes while two others look wait for the second look', async () => {
    const world = createWorld();
    const { look, looks, listings } = await daemonOf(world);
    const early = look();
    looks.forget();
    const late = Array.from({ length: 20 }, () => look());
    await Promise.all([early, ...late]);
    expect(listings()).toBe(2);
  });

  test('keep little while something is being changed, or has just ended', async () => {
    const world = createWorld();
    const { look, looks, listings } = await daemonOf(world);
    const work = Promise.withResolvers<void>();
    const changing = looks.changing(() => work.promise);
    await look();
    world.clock.advance(250);
    await look();
    expect(listings()).toBe(2);
    work.resolve();
    await changing;
    looks.noteEnded(containerIdSchema.parse('e'.repeat(64)));
    await look();
    world.clock.advance(250);
    await look();
    expect(listings()).toBe(4);
  });

  test('keep nothing while the engine’s events do not come', async () => {
    const world = createWorld();
    const { look, looks, listings } = await daemonOf(world);
    looks.listening(false);
    await look();
    await look();
    expect(listings()).toBe(2);
    await Promise.all([look(), look(), look()]);
    expect(listings()).toBe(4);
  });

  test('keep nothing where the GPUs’ readings are not to be used again', async () => {
    const world = createWorld({ settings: 'probe:\n  cache_ms: 0\n' });
    const { look, listings } = await daemonOf(world);
    await look();
    await look();
    expect(listings()).toBe(2);
  });

  test('look again when the ledger was lost', async () => {
    const world = createWorld();
    const { look, deps, listings } = await daemonOf(world);
    await look();
    deps.store.transaction(({ meta }) => meta.set('ready', '0'));
    world.clock.advance(20);
    await look();
    expect(listings()).toBe(2);
  });

  test('are not ended by each other, but by their own signals', async () => {
    const world = createWorld();
    const { look } = await daemonOf(world);
    const leaving = new AbortController();
    const left = look({ signal: leaving.signal });
    const staying = look();
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect((await staying).containers).toHaveLength(1);
  });

  test('who needs the GPUs does not take what was seen without them', async () => {
    const world = createWorld();
    const { look, listings } = await daemonOf(world);
    world.probe.fail(ds01Error('gpu.probe-failed', { message: 'The GPUs could not be read.' }));
    await look({ gpus: 'if-quick' });
    await look({ gpus: 'if-quick' });
    expect(listings()).toBe(1);
    await look();
    expect(listings()).toBe(2);
  });

  test('take no GPU from a container that another process made, before its event has come', async () => {
    const world = createWorld();
    const { deps } = world.process();
    const mirror = mirrorListing(deps.engine, deps.clock);
    const looks = createSharedLooks(deps.clock, { mirror });
    looks.listening(true);
    const policy = loadCurrentPolicy(deps);
    await looks.look(deps, policy);
    await deployed(world, 'thesis');
    looks.forget();
    const now = await looks.look(deps, policy);
    expect(now.containers).toMatchObject([{ state: 'running' }]);
    expect(now.leases).toMatchObject([{ state: 'bound' }]);
    expect(now.repairs).toBe(0);
  });
});

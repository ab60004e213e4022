import { describe, expect, test } from 'vitest';
import { deploy } from './deploy.ts';
import { stop } from '../stop.ts';
import { deployed, listAll, requestFor } from '../testing/commands.ts';
import { gpu, host } from '../testing/gpus.ts';
import { brokenInvariants, lookAt } from '../testing/invariants.ts';
import { alice, bob } from '../testing/people.ts';
import { createWorld, roomyLimits, type World } from '../testing/world.ts';

const seeded = { env: { SEED: '1' }, replace: true };

/** One GPU, which goes back to everybody as soon as its container stops, and one container each. */
const narrow = (): World =>
  createWorld({
    gpus: host(gpu(0)),
    limits: roomyLimits
      .replace('after_stop_h: 0.25', 'after_stop_h: 0')
      .replace('max_containers_per_user: 3', 'max_containers_per_user: 1'),
  });

async function stateOf(world: World): Promise<readonly string[]> {
  const { containers, leases } = await lookAt(world);
  return [
    ...containers.map(({ dockerName, state }) => `${dockerName} ${state}`),
    ...leases.map(({ dockerName, state }) => `lease of ${dockerName} ${state}`),
  ];
}

describe('deploy --replace', () => {
  test('the difference names the flag; with it the new one takes the place, GPU included', async () => {
    const world = narrow();
    const { container: old } = await deployed(world, 'thesis');
    await expect(deployed(world, 'thesis', { env: { SEED: '1' } })).rejects.toMatchObject({
      code: 'container.different-request',
      message: expect.stringContaining('With --replace'),
    });
    const { container, outcome } = await deployed(world, 'thesis', seeded);
    expect(outcome).toBe('created');
    expect(container).toMatchObject({ name: 'thesis', state: 'running', slots: old.slots });
    expect(container.id).not.toBe(old.id);
    expect(await stateOf(world)).toEqual([
      'thesis._.alice running',
      'lease of thesis._.alice bound',
    ]);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('the same request again finds it running, replaced or not', async () => {
    const world = createWorld();
    const first = await deployed(world, 'thesis', seeded);
    const again = await deployed(world, 'thesis', seeded);
    expect(again).toMatchObject({
      outcome: 'already-running',
      container: { id: first.container.id },
    });
  });

  test('the same request takes its place when its image was built again', async () => {
    const world = createWorld({ images: [{ tags: ['ds01-alice/thesis'] }, { tags: ['newer'] }] });
    const wish = { image: 'thesis' };
    const first = await deployed(world, 'thesis', wish);
    await world.engine.tagImage('newer', { repository: 'ds01-alice/thesis', tag: 'latest' });
    expect((await deployed(world, 'thesis', wish)).outcome).toBe('already-running');
    const again = await deployed(world, 'thesis', { ...wish, replace: true });
    expect(again.outcome).toBe('created');
    expect(again.container.id).not.toBe(first.container.id);
    const once = await deployed(world, 'thesis', { ...wish, replace: true });
    expect(once).toMatchObject({ outcome: 'already-running' });
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('of a stopped one needs no GPU that others have; more GPUs are taken beside its own', async () => {
    const world = createWorld({ gpus: host(gpu(0), gpu(1), gpu(2)) });
    await deployed(world, 'thesis');
    await deployed(world, 'other', { caller: bob });
    await stop(world.deps(), alice, { name: 'thesis', force: true, timeoutSeconds: null });
    const { container } = await deployed(world, 'thesis', {
      gpu: { kind: 'whole', count: 2 },
      replace: true,
    });
    expect(container.slots).toHaveLength(2);
    expect(await brokenInvariants(world)).toEqual([]);
    const none = await deployed(world, 'thesis', { gpu: { kind: 'none' }, replace: true });
    expect(none.container.slots).toEqual([]);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test.each([
    ['a GPU that nobody could get', { gpu: { kind: 'whole', count: 2 } }, 'gpu.no-match'],
    ['more CPUs than allowed', { cpus: 64 }, 'quota.cpus-exceeded'],
    ['a folder that isn’t there', { workspace: '/home/alice/missing' }, 'workspace.not-found'],
    ['an image that isn’t there', { image: 'ds01/none' }, 'image.not-found'],
  ] as const)('%s is refused before anything is stopped', async (_, changes, code) => {
    const world = narrow();
    const { container } = await deployed(world, 'thesis');
    const request = requestFor('thesis', { ...changes, replace: true });
    await expect(deploy(world.deps(), alice, request)).rejects.toMatchObject({ code });
    const { containers } = await lookAt(world);
    expect(containers).toMatchObject([{ id: container.id, state: 'running' }]);
  });

  test('when the new one can’t be made the old one runs again on its GPU', async () => {
    const world = narrow();
    const { container } = await deployed(world, 'thesis');
    const process = world.process(({ label, phase }) =>
      label === 'engine.createContainer' && phase === 'before' ? new Error('no') : undefined,
    );
    await expect(deploy(process.deps, alice, requestFor('thesis', seeded))).rejects.toThrow('no');
    const { containers } = await lookAt(world);
    expect(containers).toMatchObject([{ id: container.id, state: 'running' }]);
    await listAll(world);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('Ctrl-C in the middle: the old one runs again', async () => {
    const world = narrow();
    const { container } = await deployed(world, 'thesis');
    const abort = new AbortController();
    const process = world.process(({ label, phase }) => {
      if (label === 'engine.createContainer' && phase === 'after') abort.abort();
      return undefined;
    });
    const request = requestFor('thesis', seeded);
    const replaced = deploy(process.deps, alice, request, { signal: abort.signal });
    await expect(replaced).rejects.toMatchObject({ name: 'AbortError' });
    expect((await lookAt(world)).containers).toMatchObject([
      { id: container.id, state: 'running' },
    ]);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('a dry run says what would be there, and changes nothing', async () => {
    const world = narrow();
    const { container } = await deployed(world, 'thesis');
    const request = requestFor('thesis', seeded);
    const result = await deploy(world.deps(), alice, request, { dryRun: true });
    expect(result).toMatchObject({ outcome: 'would-create', container: { slots: ['0'] } });
    expect(result.limits.notices).toEqual(['The thesis that is there would be retired.']);
    expect((await lookAt(world)).containers).toMatchObject([
      { id: container.id, state: 'running' },
    ]);
  });
});

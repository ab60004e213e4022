import { ds01Error, type ContainerId } from '@ds01/contracts';
import type { Clock } from '@ds01/ports';
import { expect, test } from 'vitest';
import { isDs01Error } from '@ds01/contracts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { deploy } from './deploy/deploy.ts';
import { doctor } from './doctor/doctor.ts';
import { recreate } from './recreate.ts';
import { remove } from './remove.ts';
import { stop } from './stop.ts';
import { deployed, requestFor } from './testing/commands.ts';
import { brokenInvariants } from './testing/invariants.ts';
import { alice } from './testing/people.ts';
import { createWorld, type World } from './testing/world.ts';
import { start } from './verbs.ts';

const leftBehind = ds01Error('engine.conflict', {
  message: "An earlier run of the container is still in the engine's way.",
  details: { leftBehind: true },
});

/** A stopped container with a process that the engine lost, and doesn't start as long as it is there. */
async function withLostRun(): Promise<{ readonly world: World; readonly id: ContainerId }> {
  const world = createWorld();
  const { container } = await deployed(world, 'thesis');
  await stop(world.deps(), alice, { name: 'thesis', force: false, timeoutSeconds: null });
  const { id } = await world.engine.inspectContainer(container.dockerName);
  world.containerPids.set(4000, id);
  world.engine.setCallHook(({ name, phase }) => {
    if (name !== 'startContainer' || phase !== 'before') return;
    if ([...world.containerPids.values()].includes(id)) throw leftBehind;
  });
  return { world, id };
}

test('a container of which the engine lost a run starts again once that run is ended', async () => {
  const { world } = await withLostRun();
  const { container } = await start(world.deps(), alice, { name: 'thesis' });
  expect(container.state).toBe('running');
  expect(world.containerPids.size).toBe(0);
  expect(await brokenInvariants(world)).toEqual([]);
  world.close();
});

test('processes that don’t end are said by their pids, and its lease is held as before', async () => {
  const { world } = await withLostRun();
  const deps = world.deps();
  const hanging = { ...deps.processes, endLeftBehind: async () => [4000] };
  const failure = await start({ ...deps, processes: hanging }, alice, { name: 'thesis' }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: 'container.start-failed', hint: 'ds01 doctor' });
  expect(isDs01Error(failure) && failure.message).toContain('4000');
  expect(world.store.transaction(({ leases }) => leases.live())).toMatchObject([{ state: 'held' }]);
  world.close();
});

test('one that somebody else started meanwhile keeps its processes', async () => {
  const { world, id } = await withLostRun();
  world.engine.setCallHook(({ name, phase }) => {
    if (name === 'startContainer' && phase === 'after') throw leftBehind;
  });
  const { container } = await start(world.deps(), alice, { name: 'thesis' });
  expect(container.state).toBe('running');
  expect(world.containerPids.get(4000)).toBe(id);
  world.close();
});

/** The engine believes for ever in a run of the container of which nothing is left. */
async function stuck(world: World): Promise<ContainerId> {
  const [known] = await world.engine.listContainers();
  if (known === undefined) throw new Error('there is no container');
  const { id } = known;
  world.engine.setCallHook(({ name, phase, args }) => {
    if (name === 'startContainer' && phase === 'before' && args[0] === id) throw leftBehind;
  });
  return id;
}

/** The ports of a process whose short waits are over at once. */
const hasty = (world: World): ControlPlaneDependencies => {
  const deps = world.deps();
  const sleep: Clock['sleep'] = (durationMs, signal) =>
    durationMs <= 100 ? Promise.resolve() : deps.clock.sleep(durationMs, signal);
  return { ...deps, clock: { ...deps.clock, sleep } };
};

test('one that never ran and can’t be started is made again by the next deploy', async () => {
  const world = createWorld();
  await deployed(world, 'thesis', { start: false });
  const id = await stuck(world);
  const again = await deploy(hasty(world), alice, requestFor('thesis'));
  expect(again.container).toMatchObject({ name: 'thesis', state: 'running', slots: ['0'] });
  expect(again.container.id).not.toBe(id);
  expect(await world.engine.listContainers()).toHaveLength(1);
  expect(await brokenInvariants(world)).toEqual([]);
  world.close();
});

test('two deploys at once make it again once, and one that is broken off leaves it as it is', async () => {
  const world = createWorld();
  await deployed(world, 'thesis', { start: false });
  const id = await stuck(world);
  const interruption = new AbortController();
  const ports = hasty(world);
  const sleep: Clock['sleep'] = (durationMs, signal) => {
    if (durationMs <= 100) interruption.abort(new Error('Ctrl-C'));
    return ports.clock.sleep(durationMs, signal);
  };
  const impatient = { ...ports, clock: { ...ports.clock, sleep } };
  const { signal } = interruption;
  const broken = deploy(impatient, alice, requestFor('thesis'), { signal });
  await expect(broken).rejects.toThrow(/Ctrl-C|nterrupted/);
  expect(await world.engine.listContainers()).toMatchObject([{ id }]);
  const both = await Promise.allSettled(
    [1, 2].map(() => deploy(hasty(world), alice, requestFor('thesis'))),
  );
  expect(both.map(({ status }) => status)).toContain('fulfilled');
  expect(await world.engine.listContainers()).toHaveLength(1);
  expect(await brokenInvariants(world)).toEqual([]);
  world.close();
});

test('one that ran is made again where its person says so, with what was installed in it', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  await stop(world.deps(), alice, { name: 'thesis', force: false, timeoutSeconds: null });
  const id = await stuck(world);
  await expect(deploy(hasty(world), alice, requestFor('thesis'))).rejects.toMatchObject({
    code: 'container.start-failed',
    hint: 'ds01 container start thesis --recreate',
  });
  expect(world.store.transaction(({ leases }) => leases.live())).toMatchObject([{ state: 'held' }]);
  const { container, note } = await recreate(hasty(world), alice, { name: 'thesis' });
  expect(container).toMatchObject({ name: 'thesis', state: 'running' });
  expect(container.id).not.toBe(id);
  expect(note).toContain('recreated from ds01-alice/thesis:kept-1');
  expect(await brokenInvariants(world)).toEqual([]);
  world.close();
});

test('stop ends them and says so; so does remove', async () => {
  const { world, id } = await withLostRun();
  const input = { name: 'thesis', force: false, timeoutSeconds: null };
  const { note } = await stop(world.deps(), alice, input);
  expect(note).toBe('the engine had lost it: its process was ended');
  expect((await stop(world.deps(), alice, input)).note).toBe('it was not running');
  world.containerPids.set(4001, id);
  await remove(world.deps(), alice, { name: 'thesis', force: false });
  expect(world.containerPids.size).toBe(0);
  world.close();
});

test('the doctor tells of them with their GPU, and how to end them', async () => {
  const { world } = await withLostRun();
  const deps = world.deps();
  const { checks } = await doctor(deps, {
    gate: () => ({ installed: true, mode: 'enforce', message: 'fine' }),
    ledger: Promise.resolve(deps),
  });
  expect(checks.find(({ id }) => id === 'left-behind')).toMatchObject({
    ok: false,
    severity: 'error',
    message: expect.stringMatching(/thesis.*4000/),
    hint: 'ds01-admin container stop alice/thesis',
  });
  world.close();
});

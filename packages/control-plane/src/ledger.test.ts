import { adminContainers } from './admin.ts';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { deploy } from './deploy/deploy.ts';
import { recreate } from './recreate.ts';
import { remove, retire } from './remove.ts';
import { stop } from './stop.ts';
import { deployed, listAll, requestFor, type Command } from './testing/commands.ts';
import { gpu, gpuUuid, host } from './testing/gpus.ts';
import { brokenInvariants, lookAt } from './testing/invariants.ts';
import { alice, bob, carol } from './testing/people.ts';
import { createWorld, hourMs, ttlMs, type World } from './testing/world.ts';
import { pause, unpause } from './pause.ts';
import { start } from './verbs.ts';

const thesis = { name: 'thesis', force: false, timeoutSeconds: null };
const directories: string[] = [];

function stateDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ds01-ledger-'));
  directories.push(directory);
  return directory;
}

function loseLedger(directory: string): void {
  for (const name of readdirSync(directory)) rmSync(join(directory, name));
}

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

async function facts(world: World): Promise<readonly unknown[]> {
  const { leases } = await lookAt(world);
  return leases.map(({ id, state, user, containerId, heldUntilMs, slots }) => [
    id,
    state,
    user,
    containerId,
    heldUntilMs,
    slots.map(({ uuid }) => uuid),
  ]);
}

describe('a ledger that was lost', () => {
  test('is rebuilt from the containers with the same leases and holds', async () => {
    const directory = stateDirectory();
    const world = createWorld({ stateDirectory: directory });
    await deployed(world, 'thesis');
    await deployed(world, 'stopped', { caller: bob });
    await stop(world.deps(), bob, { ...thesis, name: 'stopped' });
    await deployed(world, 'created', { caller: carol, start: false });
    const before = await facts(world);
    world.clock.advance(hourMs / 8);
    loseLedger(directory);
    await listAll(world);
    expect(await facts(world)).toEqual(before);
    expect(await brokenInvariants(world)).toEqual([]);
    world.close();
  });

  test('gives nothing out before it is rebuilt', async () => {
    const directory = stateDirectory();
    const world = createWorld({ gpus: host(gpu(0)), stateDirectory: directory });
    await deployed(world, 'thesis');
    loseLedger(directory);
    await expect(deployed(world, 'other', { caller: bob })).rejects.toMatchObject({
      code: 'gpu.none-free',
    });
    expect(await brokenInvariants(world)).toEqual([]);
    world.close();
  });

  test('fences off the reservation that was lost with it', async () => {
    const directory = stateDirectory();
    const world = createWorld({ gpus: host(gpu(0)), stateDirectory: directory });
    const process = world.process(async (call) => {
      if (call.label !== 'engine.createContainer' || call.phase !== 'before') return undefined;
      loseLedger(directory);
      await deployed(world, 'other', { caller: bob });
      return undefined;
    });
    await expect(deploy(process.deps, alice, requestFor('thesis'))).rejects.toMatchObject({
      code: 'lease.fenced',
    });
    expect((await lookAt(world)).containers.map(({ dockerName }) => dockerName)).toEqual([
      'other._.bob',
    ]);
    world.clock.advance(ttlMs);
    await listAll(world);
    expect(await brokenInvariants(world)).toEqual([]);
    world.close();
  });

  test('does not let a stopped container start on a GPU that is somebody else’s', async () => {
    const directory = stateDirectory();
    const world = createWorld({ gpus: host(gpu(0)), stateDirectory: directory });
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    world.clock.advance(hourMs);
    await deployed(world, 'other', { caller: bob });
    const process = world.process((call) => {
      if (call.label === 'store.transaction' && call.phase === 'before') loseLedger(directory);
      return undefined;
    });
    await expect(start(process.deps, alice, { name: 'thesis' })).rejects.toMatchObject({
      code: 'ledger.unavailable',
    });
    await listAll(world);
    expect((await lookAt(world)).leases).toMatchObject([
      { state: 'bound', user: 'bob', slots: [{ uuid: gpuUuid(0) }] },
    ]);
    world.close();
  });
});

test('a ledger of another engine is refused and left alone', async () => {
  const directory = stateDirectory();
  const first = createWorld({ stateDirectory: directory, engineId: 'FIRST' });
  await deployed(first, 'thesis');
  const before = await facts(first);
  first.close();
  const second = createWorld({ stateDirectory: directory, engineId: 'SECOND' });
  await expect(listAll(second)).rejects.toMatchObject({ code: 'ledger.other-engine' });
  expect(await facts(second)).toEqual(before);
  second.close();
});

const dryRun = { dryRun: true };
const dry: readonly [string, Command][] = [
  ['deploy', (deps) => deploy(deps, alice, requestFor('new'), dryRun)],
  ['deploy of a stopped one', (deps) => deploy(deps, alice, requestFor('thesis'), dryRun)],
  ['start', (deps) => start(deps, alice, { name: 'thesis' }, dryRun)],
  ['recreate', (deps) => recreate(deps, alice, { name: 'thesis' }, dryRun)],
  ['stop', (deps) => stop(deps, bob, { ...thesis, name: 'running' }, dryRun)],
  ['pause', (deps) => pause(deps, bob, { name: 'running' }, dryRun)],
  ['unpause', (deps) => unpause(deps, bob, { name: 'running' }, dryRun)],
  ['remove', (deps) => remove(deps, alice, { name: 'thesis', force: true }, dryRun)],
  ['retire', (deps) => retire(deps, bob, { ...thesis, name: 'running' }, dryRun)],
  ['list', (deps) => adminContainers(deps, { all: true }, dryRun)],
];
const reading =
  /^(?:engine\.(?:info|listContainers|inspectContainer|inspectImage|listImages)|probe\.read|store\.transaction|grants\.(?:list|ledger)|pins\.(?:keys|check))$/;

describe('a dry run', () => {
  test.each(dry)(
    'of %s writes nothing, however much there is to repair',
    async (_name, command) => {
      const world = createWorld({ gpus: host(gpu(0), gpu(1), gpu(2)) });
      await deployed(world, 'thesis');
      await stop(world.deps(), alice, thesis);
      await deployed(world, 'running', { caller: bob });
      const gone = await deployed(world, 'gone', { caller: carol });
      world.clock.advance(hourMs);
      await world.engine.removeContainer(gone.container.id, { force: true });
      const before = await snapshot(world);
      const process = world.process();
      await command(process.deps);
      expect(await snapshot(world)).toEqual(before);
      expect(process.lifeline.calls.filter((call) => !reading.test(call))).toEqual([]);
    },
  );
});

async function snapshot(world: World): Promise<unknown> {
  return {
    ...(await lookAt(world)),
    records: world.store.transaction(({ containers }) => containers.all()),
    meta: world.store.transaction(({ meta }) => meta.list('')),
    grants: [...world.gate.grants],
    pins: [...world.pins.pinned],
    cgroups: [...world.cgroups.folders],
    free: [...world.gate.free],
  };
}

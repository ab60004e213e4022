import { describe, expect, test } from 'vitest';
import { rename } from './rename.ts';
import { exec } from './session.ts';
import { stop } from './stop.ts';
import { deployed, listAll } from './testing/commands.ts';
import { foreignContainer } from './testing/foreign.ts';
import { brokenInvariants, lookAt } from './testing/invariants.ts';
import { alice, bob } from './testing/people.ts';
import { createWorld, type World } from './testing/world.ts';
import { show, start } from './verbs.ts';

const toPaper = { name: 'thesis', newName: 'paper' };
const halt = (name: string) => ({ name, force: true, timeoutSeconds: null });

async function namesOf(world: World) {
  const { containers, leases } = await lookAt(world);
  return {
    docker: containers.map(({ dockerName }) => dockerName),
    leases: leases.map(({ dockerName, state }) => `${dockerName} ${state}`),
  };
}

describe('rename', () => {
  test('gives the same container with the same GPU another name; the old one is nobody’s', async () => {
    const world = createWorld();
    const { container, lease } = await deployed(world, 'thesis');
    const { container: renamed, note } = await rename(world.deps(), alice, toPaper);
    expect(renamed).toMatchObject({
      id: container.id,
      name: 'paper',
      dockerName: 'paper._.alice',
      state: 'running',
      slots: container.slots,
    });
    expect(note).toBe(
      'inside, its host name stays thesis; your other containers find it under the new name after a restart',
    );
    expect(await namesOf(world)).toEqual({
      docker: ['paper._.alice'],
      leases: ['paper._.alice bound'],
    });
    expect((await lookAt(world)).leases[0]?.id).toBe(lease?.id);
    const deps = world.deps();
    await expect(show(deps, alice, { name: 'thesis' })).rejects.toMatchObject({
      code: 'container.not-found',
    });
    expect((await show(deps, alice, { name: 'paper' })).container.id).toBe(container.id);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('what was deployed as thesis is found by the same request for paper', async () => {
    const world = createWorld();
    const { container } = await deployed(world, 'thesis');
    await rename(world.deps(), alice, toPaper);
    const again = await deployed(world, 'paper');
    expect(again).toMatchObject({ outcome: 'already-running', container: { id: container.id } });
    await expect(deployed(world, 'paper', { env: { SEED: '1' } })).rejects.toMatchObject({
      code: 'container.different-request',
      details: { differences: ['env: SEED'] },
    });
    const fresh = await deployed(world, 'thesis', { gpu: { kind: 'none' } });
    expect(fresh.outcome).toBe('created');
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('is still known when the ledger is lost', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await rename(world.deps(), alice, toPaper);
    world.store.transaction(({ meta, containers, leases }) => {
      for (const { id } of containers.all()) containers.remove(id);
      for (const { id, token, state } of leases.live()) {
        leases.update(id, { token, states: [state] }, { state: 'released' });
      }
      meta.remove('ready');
    });
    expect(await deployed(world, 'paper')).toMatchObject({ outcome: 'already-running' });
    expect((await namesOf(world)).leases).toEqual(['paper._.alice bound']);
  });

  test('by docker rename is known too, one to a name of somebody else’s is not believed', async () => {
    const world = createWorld();
    const { container } = await deployed(world, 'thesis');
    await world.engine.renameContainer(container.id, 'paper._.alice');
    expect((await show(world.deps(), alice, { name: 'paper' })).container.id).toBe(container.id);
    expect((await namesOf(world)).leases).toEqual(['paper._.alice bound']);
    await world.engine.renameContainer(container.id, 'paper._.bob');
    await listAll(world);
    await expect(show(world.deps(), bob, { name: 'paper' })).rejects.toMatchObject({
      code: 'container.not-found',
    });
    expect((await show(world.deps(), alice, { name: 'paper' })).container.user).toBe('alice');
  });

  test('after its next start its neighbours find it under the new name', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await rename(world.deps(), alice, toPaper);
    await stop(world.deps(), alice, halt('paper'));
    const asked: unknown[] = [];
    world.engine.setCallHook((call) => {
      if (call.name === 'rejoinNetwork' && call.phase === 'before') asked.push(call.args[1]);
    });
    await start(world.deps(), alice, { name: 'paper' });
    expect(asked).toEqual([{ mode: 'ds01-alice', aliases: ['paper'] }]);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('is refused when the name is taken, also by what DS01 did not make, or being taken', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await deployed(world, 'paper', { gpu: { kind: 'none' } });
    const taken = { code: 'container.exists' };
    await expect(rename(world.deps(), alice, toPaper)).rejects.toMatchObject(taken);
    world.engine.plant(foreignContainer(1, { dockerName: 'notes._.alice' }));
    await expect(
      rename(world.deps(), alice, { name: 'thesis', newName: 'notes' }),
    ).rejects.toMatchObject(taken);
    const both = await Promise.allSettled([
      rename(world.deps(), alice, { name: 'thesis', newName: 'same' }),
      rename(world.deps(), alice, { name: 'paper', newName: 'same' }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: taken });
  });

  test('to its own name changes nothing, to no name is refused with one that would do', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const to = (newName: string) => rename(world.deps(), alice, { name: 'thesis', newName });
    expect((await to('Thesis')).note).toBe('that was its name already');
    await expect(to('a/b')).rejects.toMatchObject({
      code: 'name.invalid',
      hint: 'ds01 container rename thesis a-b',
    });
    expect((await namesOf(world)).docker).toEqual(['thesis._.alice']);
  });

  test('a dry run changes nothing', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const { note } = await rename(world.deps(), alice, toPaper, { dryRun: true });
    expect(note).toBe('it would be called paper');
    expect((await namesOf(world)).docker).toEqual(['thesis._.alice']);
  });

  test("another person's container is not there", async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await expect(rename(world.deps(), bob, toPaper)).rejects.toMatchObject({
      code: 'container.not-found',
    });
  });

  test('what runs inside goes on, and exec finds it by its new name', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await rename(world.deps(), alice, toPaper);
    const session = await exec(world.deps(), alice, {
      name: 'paper',
      command: ['true'],
      tty: false,
      stdin: false,
      size: null,
      env: {},
      startFirst: false,
      keep: false,
    });
    expect(await session.exited).toBe(0);
  });
});

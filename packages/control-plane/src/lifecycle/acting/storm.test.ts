import { ds01Error } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { deployed, runIn } from '../../testing/commands.ts';
import { gpu, host } from '../../testing/gpus.ts';
import { brokenInvariants } from '../../testing/invariants.ts';
import { alice, bob } from '../../testing/people.ts';
import { createRules, eventsOf, shortLimits, type Rules } from '../../testing/rules.ts';
import { createWorld, type World } from '../../testing/world.ts';
import { remove, retire } from '../../remove.ts';
import { restart } from '../../restart.ts';
import { stop } from '../../stop.ts';
import { start } from '../../verbs.ts';

const long = process.env['DS01_TEST_LONG'] === '1';
const second = 1000;
const firstSeed = Number(process.env['DS01_TEST_SEED'] ?? 1);

function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What people, the engine, the clock and the host do in a storm. */
async function strike(world: World, random: (below: number) => number): Promise<void> {
  const containers = await world.engine.listContainers();
  const one = containers[random(containers.length || 1)];
  const id = one?.id;
  const caller = one?.dockerName.endsWith('bob') === true ? bob : alice;
  const name = one?.dockerName.split('._.')[0] ?? 'a';
  const target = { name, force: false, timeoutSeconds: null };
  const deps = world.deps();
  const verbs: (() => Promise<unknown>)[] = [
    () => stop(deps, caller, target),
    () => start(deps, caller, { name }),
    () => restart(deps, caller, target),
    () => retire(deps, caller, target),
    () => remove(deps, caller, { name, force: true }),
    () => deployed(world, `n${String(random(3))}`, { caller: random(2) === 0 ? alice : bob }),
    () => (id === undefined ? Promise.resolve() : world.engine.pauseContainer(id)),
    () => (id === undefined ? Promise.resolve() : world.engine.unpauseContainer(id)),
    () =>
      id === undefined ? Promise.resolve() : world.engine.stopContainer(id, { timeoutSeconds: 0 }),
    () =>
      id === undefined ? Promise.resolve() : world.engine.removeContainer(id, { force: true }),
    async () => {
      if (id === undefined) return;
      await world.engine.stopContainer(id, { timeoutSeconds: 0 });
      await world.engine.startContainer(id);
    },
    async () => world.restartEngine(),
    async () => world.clock.jump((random(2) === 0 ? 1 : -1) * random(3 * 365) * 24 * 3600 * second),
  ];
  await (verbs[random(verbs.length)] ?? verbs[0])?.().catch(() => undefined);
}

/** Stops that no last warning was given before, or too late; in words. */
function unwarnedStops(told: readonly Told[]): readonly string[] {
  const wrong: string[] = [];
  const warned = new Map<string | null, number>();
  for (const { type, id, bootMs, step } of told) {
    if (type === 'lifecycle.idle-warned' && step === 2) warned.set(id, bootMs);
    if (/^container\.(?:started|stopped|ended)$|activity-resumed/.test(type)) warned.delete(id);
    if (type === 'lifecycle.idle-stopped') {
      const atMs = warned.get(id);
      if (atMs === undefined) wrong.push(`${String(id?.slice(0, 6))} stopped without a warning`);
      else if (bootMs - atMs < 19 * second)
        wrong.push(`stopped ${String(bootMs - atMs)} ms after its warning`);
      warned.delete(id);
    }
  }
  return wrong;
}

interface Told {
  readonly type: string;
  readonly id: string | null;
  readonly bootMs: number;
  readonly step: unknown;
}

test('in a storm of people, faults, kills and clocks nobody is stopped without a warning, and nothing is doubled', async () => {
  const wrong: string[] = [];
  let stops = 0;
  for (let seed = firstSeed; seed < firstSeed + (long ? 60 : 2); seed += 1) {
    const random = createRandom(seed);
    const world = createWorld({
      gpus: host(...Array.from({ length: 8 }, (_, index) => gpu(index))),
      limits: shortLimits(),
      accounts: [alice.owner, bob.owner],
    });
    const told: Told[] = [];
    let known = 0;
    const note = (): void => {
      const all = eventsOf(world, '');
      for (const { event } of all.slice(known)) {
        const step = 'step' in event.details ? event.details.step : null;
        told.push({ type: event.type, id: event.containerId, bootMs: world.clock.bootMs(), step });
      }
      known = all.length;
    };
    /** Second by second, so that it is known when things were written down. */
    const liveNoting = async (seconds: number): Promise<void> => {
      for (let passed = 0; passed <= seconds; passed += 1) {
        await rules.live(passed === 0 ? 0 : second);
        note();
      }
    };
    let process = world.process();
    let rules: Rules = createRules(world, { deps: process.deps });
    await deployed(world, 'a');
    await deployed(world, 'b', { caller: bob });
    for (let round = 0; round < 60; round += 1) {
      for (const { id } of await world.engine.listContainers()) rules.idle(id);
      if (random(9) === 0) {
        const point = random(40);
        const order =
          random(2) === 0 ? 'die' : ds01Error('engine.unreachable', { message: 'hiccup' });
        let count = 0;
        process = world.process(() => ((count += 1) === point ? order : undefined));
        rules = createRules(world, { deps: process.deps });
      }
      const striking = random(8) === 0 ? strike(world, random) : Promise.resolve();
      const { end } = await runIn(process, () => liveNoting(random(9)));
      await striking;
      note();
      if (end === 'killed') {
        process = world.process();
        rules = createRules(world, { deps: process.deps });
        world.clock.advance(random(4) * second);
      }
    }
    process = world.process();
    rules = createRules(world, { deps: process.deps });
    // Notes of those that were killed are believed for a while.
    for (const { id } of await world.engine.listContainers()) rules.idle(id);
    await liveNoting(260);
    stops += told.filter(({ type }) => type === 'lifecycle.idle-stopped').length;
    for (const what of [...unwarnedStops(told), ...(await brokenInvariants(world))]) {
      wrong.push(`seed ${String(seed)}: ${what}`);
    }
    const alive = (await world.engine.listContainers()).filter(({ state }) => state === 'running');
    for (const { dockerName } of alive) wrong.push(`seed ${String(seed)}: ${dockerName} runs on`);
    world.close();
  }
  expect(wrong).toEqual([]);
  expect(stops).toBeGreaterThan(3);
}, 300_000);

import { ds01Error, isDs01Error } from '@ds01/contracts';
import { afterAll, describe, expect, test } from 'vitest';
import { deployed, listAll, runIn, type Ending } from './testing/commands.ts';
import { brokenInvariants, brokenSafety } from './testing/invariants.ts';
import { bob, carol } from './testing/people.ts';
import { describeEnding, faultAt, isAt, pointsOf, someOf, wrongAt } from './testing/points.ts';
import { scenarios, worldOf, type Scenario } from './testing/scenarios.ts';
import { ttlMs, type World } from './testing/world.ts';

let tried = 0;
afterAll(() => {
  console.info(`${tried} moments of ${scenarios.length} commands were broken`);
});

/** What a port says when it breaks. */
function errorOf(label: string): Error {
  const message = `${label} failed on purpose`;
  if (/^(?:store|grants)\./.test(label)) return ds01Error('internal.storage-full', { message });
  if (label.startsWith('probe.')) return ds01Error('gpu.probe-failed', { message });
  return ds01Error('engine.error', { message });
}

/** Empty when the command works now, or finds its work done; and leaves everything in order. */
async function again(world: World, scenario: Scenario): Promise<readonly string[]> {
  const ending = await runIn(world.process(), scenario.command);
  const isFine = ending.end === 'done' || isCode(ending, scenario.doneAlready);
  const broken = await brokenInvariants(world);
  return isFine ? broken : [`afterwards: ${describeEnding(ending)}`, ...broken];
}

function isCode(ending: Ending, code: string | undefined): boolean {
  return ending.end === 'failed' && isDs01Error(ending.error) && ending.error.code === code;
}

/** Everything that must hold after a fault: at once, after the next command, and for the same command. */
async function aftermath(world: World, scenario: Scenario): Promise<readonly string[]> {
  tried += 1;
  const unsafe = await brokenSafety(world);
  world.clock.advance(ttlMs + 1);
  await listAll(world);
  const left = await brokenInvariants(world);
  const later = await again(world, scenario);
  world.close();
  return [...unsafe, ...left, ...later];
}

describe.each(scenarios)('$name', (scenario) => {
  test('killed at any call, the next command puts everything in order', async () => {
    const wrong = await wrongAt(await pointsOf(scenario), async (point) => {
      const world = await worldOf(scenario);
      const ending = await runIn(world.process(faultAt(point, 'die')), scenario.command);
      return [
        ...(ending.end === 'killed' ? [] : [ending.end]),
        ...(await aftermath(world, scenario)),
      ];
    });
    expect(wrong).toEqual([]);
  });

  test('killed, the same command works once the reservation ran out', async () => {
    const wrong = await wrongAt(await someOf(scenario, 0), async (point) => {
      const world = await worldOf(scenario);
      await runIn(world.process(faultAt(point, 'die')), scenario.command);
      tried += 1;
      world.clock.advance(ttlMs + 1);
      return again(world, scenario);
    });
    expect(wrong).toEqual([]);
  });

  test('when a call fails, it is undone or the next command repairs it', async () => {
    const wrong = await wrongAt(await someOf(scenario, 1), async (point) => {
      const world = await worldOf(scenario);
      const fault = faultAt(point, errorOf(point.label));
      const ending = await runIn(world.process(fault), scenario.command);
      const isOurs = ending.end !== 'failed' || isDs01Error(ending.error);
      const left = await aftermath(world, scenario);
      return isOurs ? left : [`failed with ${describeEnding(ending)}`, ...left];
    });
    expect(wrong).toEqual([]);
  });

  test('stopped for longer than its reservation, it finds itself fenced off', async () => {
    const points = await someOf(scenario, 2);
    const wrong = await wrongAt(points.filter(isWaiting), async (point) => {
      const world = await worldOf(scenario);
      const process = world.process(async (call) => {
        if (!isAt(point, call)) return undefined;
        process.lifeline.freeze();
        try {
          world.clock.advance(ttlMs + 1);
          await listAll(world);
          await takeEverything(world);
        } finally {
          process.lifeline.thaw();
        }
        return undefined;
      });
      const ending = await runIn(process, scenario.command);
      const isOurs = ending.end !== 'failed' || isDs01Error(ending.error);
      tried += 1;
      const unsafe = await brokenSafety(world);
      world.clock.advance(ttlMs + 1);
      await listAll(world);
      const left = [...unsafe, ...(await brokenInvariants(world))];
      return isOurs ? left : [`failed with ${describeEnding(ending)}`, ...left];
    });
    expect(wrong).toEqual([]);
  });

  test('when the engine restarts, the next command puts everything in order', async () => {
    const wrong = await wrongAt(await someOf(scenario, 0), async (point) => {
      const world = await worldOf(scenario);
      const process = world.process((call) => {
        if (!isAt(point, call)) return undefined;
        world.restartEngine();
        return call.label.startsWith('engine.')
          ? ds01Error('engine.unreachable', { message: 'The engine went away.' })
          : undefined;
      });
      await runIn(process, scenario.command);
      return aftermath(world, scenario);
    });
    expect(wrong).toEqual([]);
  });
});

/** Only where a process waits can another one get in between. */
function isWaiting({ label }: { readonly label: string }): boolean {
  return !/^(?:store|grants)\./.test(label);
}

/** Others lease whatever is free. */
async function takeEverything(world: World): Promise<void> {
  for (const [caller, name] of [
    [bob, 'grab-1'],
    [carol, 'grab-2'],
    [carol, 'grab-3'],
  ] as const) {
    try {
      await deployed(world, name, { caller });
    } catch (error) {
      if (!isDs01Error(error)) throw error;
    }
  }
}

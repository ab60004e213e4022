import { ds01Error, isDs01Error } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { listAll, runIn } from './testing/commands.ts';
import type { Fault, PortCall } from './testing/faults.ts';
import { brokenInvariants, brokenSafety } from './testing/invariants.ts';
import { scenarios, worldOf, type Scenario } from './testing/scenarios.ts';
import { ttlMs } from './testing/world.ts';

const phases = ['before', 'after'] as const;

async function callsOf(scenario: Scenario): Promise<readonly string[]> {
  const world = await worldOf(scenario);
  const process = world.process();
  const ending = await runIn(process, scenario.command);
  expect(ending).toEqual({ end: 'done' });
  expect(await brokenInvariants(world)).toEqual([]);
  return process.lifeline.calls;
}

interface Point {
  readonly index: number;
  readonly label: string;
  readonly phase: PortCall['phase'];
}

async function pointsOf(scenario: Scenario): Promise<readonly Point[]> {
  const calls = await callsOf(scenario);
  return calls.flatMap((label, index) => phases.map((phase) => ({ index, label, phase })));
}

function at(point: Point, order: Error | 'die'): Fault {
  return (call) =>
    call.index === point.index && call.phase === point.phase ? order : undefined;
}

/** What a port says when it breaks. */
function errorOf(label: string): Error {
  const message = `${label} failed on purpose`;
  if (label.startsWith('store.')) return ds01Error('internal.storage-full', { message });
  if (label.startsWith('grants.')) return ds01Error('internal.storage-full', { message });
  if (label.startsWith('probe.')) return ds01Error('gpu.probe-failed', { message });
  return ds01Error('engine.error', { message });
}

async function collect(
  scenario: Scenario,
  check: (point: Point) => Promise<readonly string[]>,
): Promise<{ readonly points: number; readonly broken: readonly string[] }> {
  const points = await pointsOf(scenario);
  const broken: string[] = [];
  for (const point of points) {
    for (const what of await check(point)) {
      broken.push(`${point.phase} call ${point.index}, ${point.label}: ${what}`);
    }
  }
  return { points: points.length, broken };
}

describe.each(scenarios)('$name, killed at any call', (scenario) => {
  test('the next command, after the reservation ran out, finds and leaves everything in order', async () => {
    const { broken } = await collect(scenario, async (point) => {
      const world = await worldOf(scenario);
      const ending = await runIn(world.process(at(point, 'die')), scenario.command);
      if (ending.end !== 'killed') return [`it ended ${ending.end}`];
      const unsafe = await brokenSafety(world);
      world.clock.advance(ttlMs + 1);
      await listAll(world);
      const left = await brokenInvariants(world);
      const again = await runIn(world.process(), scenario.command);
      return [...unsafe, ...left, ...describeEnding(scenario, again), ...(await brokenInvariants(world))];
    });
    expect(broken).toEqual([]);
  });

  test('the same command works at once after the reservation ran out', async () => {
    const { broken } = await collect(scenario, async (point) => {
      const world = await worldOf(scenario);
      await runIn(world.process(at(point, 'die')), scenario.command);
      world.clock.advance(ttlMs + 1);
      const again = await runIn(world.process(), scenario.command);
      return [...describeEnding(scenario, again), ...(await brokenInvariants(world))];
    });
    expect(broken).toEqual([]);
  });
});

describe.each(scenarios)('$name, when any call fails', (scenario) => {
  test('it is undone, or the next command repairs it', async () => {
    const { broken } = await collect(scenario, async (point) => {
      const world = await worldOf(scenario);
      const fault = at(point, errorOf(point.label));
      const ending = await runIn(world.process(fault), scenario.command);
      const unsafe = await brokenSafety(world);
      world.clock.advance(ttlMs + 1);
      await listAll(world);
      const left = await brokenInvariants(world);
      const again = await runIn(world.process(), scenario.command);
      const wrong = ending.end === 'failed' && !isDs01Error(ending.error) ? ['not our error'] : [];
      return [...unsafe, ...wrong, ...left, ...describeEnding(scenario, again), ...(await brokenInvariants(world))];
    });
    expect(broken).toEqual([]);
  });
});

/** Empty when the command worked, or found its work done. */
function describeEnding(
  scenario: Scenario,
  ending: Awaited<ReturnType<typeof runIn>>,
): readonly string[] {
  if (ending.end === 'done') return [];
  if (ending.end === 'killed') return ['it was killed again'];
  const { error } = ending;
  return isDs01Error(error) && error.code === scenario.doneAlready
    ? []
    : [`afterwards: ${String(error)}`];
}

import { runIn, type Ending } from './commands.ts';
import type { Fault, PortCall } from './faults.ts';
import { brokenInvariants } from './invariants.ts';
import { worldOf, type Scenario } from './scenarios.ts';

/** A moment in a command: right before or right after one of its calls. */
export type Point = PortCall;

/** The moments of a scenario, found by running it once; throws when that doesn't work. */
export async function pointsOf(scenario: Scenario): Promise<readonly Point[]> {
  const world = await worldOf(scenario);
  const process = world.process();
  const ending = await runIn(process, scenario.command);
  const broken = await brokenInvariants(world);
  world.close();
  if (ending.end !== 'done' || broken.length > 0) {
    throw new Error(`without any fault: ${describeEnding(ending)} ${broken.join('; ')}`);
  }
  return process.lifeline.calls.flatMap((label, index) =>
    (['before', 'after'] as const).map((phase) => ({ index, label, phase })),
  );
}

/** Moments of a scenario: all of them in the long run, in the short run each fifth, from `first` on. */
export async function someOf(scenario: Scenario, first: 0 | 1 | 2): Promise<readonly Point[]> {
  return sampleOf(await pointsOf(scenario), first);
}

/** All of some moments in the long run, in the short run each fifth, from `first` on. */
export function sampleOf(points: readonly Point[], first: 0 | 1 | 2): readonly Point[] {
  const isLong = process.env['DS01_TEST_LONG'] === '1';
  return isLong ? points : points.filter((_point, number) => number % 5 === first);
}

/** True when a call is at this moment. */
export function isAt(point: Point, call: PortCall): boolean {
  return call.index === point.index && call.phase === point.phase;
}

/** A fault at one moment. */
export function faultAt(point: Point, order: Error | 'die'): Fault {
  return (call) => (isAt(point, call) ? order : undefined);
}

/** What a check finds wrong at each of the moments, with the moment. */
export async function wrongAt(
  points: readonly Point[],
  check: (point: Point) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const point of points) {
    for (const what of await check(point)) {
      wrong.push(`${point.phase} call ${point.index}, ${point.label}: ${what}`);
    }
  }
  return wrong;
}

/** How a command ended, in words. */
export function describeEnding(ending: Ending): string {
  return ending.end === 'failed' ? String(ending.error) : ending.end;
}

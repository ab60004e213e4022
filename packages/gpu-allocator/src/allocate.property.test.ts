import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deployments, releases, disturbances, startFrom } from './testing/commands.ts';
import { worlds, type World } from './testing/worlds.ts';

const long = process.env['DS01_TEST_LONG'] === '1';
const runs = { numRuns: long ? 20_000 : 300, seed: 20_260_117 };

test('any interleaving of users keeps to the model', () => {
  let placed = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      worlds.chain((world) =>
        fc.tuple(
          fc.constant(world),
          fc.commands(commandsOn(world), {
            maxCommands: 40,
            size: 'max',
          }),
        ),
      ),
      ([world, commands]) => {
        const { model, real } = startFrom(world);
        fc.modelRun(() => ({ model, real }), commands);
        placed += real.placed;
        refused += real.refused;
      },
    ),
    runs,
  );
  // Both must really have happened, or the rest proves nothing.
  expect(placed).toBeGreaterThan(runs.numRuns);
  expect(refused).toBeGreaterThan(runs.numRuns);
});

/** Deployments are the most frequent. */
function commandsOn(world: World) {
  const deployment = deployments(world);
  return [deployment, deployment, deployment, deployment, releases, disturbances(world)];
}

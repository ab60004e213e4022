import { expect, test } from 'vitest';
import { migGeometryOf } from './boards.ts';
import { defineMigGeometry, type MigGeometry } from './geometry.ts';
import type { MigPlacementStrategy } from './strategies.ts';
import { demands, runStream, streamOf, type Outcome } from '../testing/mig-streams.ts';
import { models } from '../testing/mig-models.ts';

const long = process.env['DS01_TEST_LONG'] === '1';
const streamsPerModel = long ? 10_000 : 56;
const strategies = ['packed', 'first-fit', 'distributed', 'random', 'best-fit'] as const;
const others = strategies.filter((strategy) => strategy !== 'packed');

type Outcomes = Readonly<Record<(typeof strategies)[number], Outcome>>;
interface Told {
  readonly gpuCount: number;
  readonly demand: string;
  readonly outcomes: Outcomes;
}

// On each of these models a profile has several places, so the strategies differ on a single GPU too.
test.each(models)('on %s packed accepts more arrivals on average than any other', (model) => {
  const geometry = migGeometryOf(model);
  const told = geometry === undefined ? [] : tell(geometry, models.indexOf(model) * 1_000_000);
  expect(told).toHaveLength(streamsPerModel);
  expectAhead(told);
  if (long) expectAheadInEachPart(model, told);
});

test('where no profile has two places on one GPU there is nothing to choose', () => {
  const shapes = migGeometryOf(models[0])?.profiles.map(({ shape }) => shape) ?? [];
  const geometry = defineMigGeometry(shapes.filter(({ starts }) => starts.length === 1));
  const seeds = Array.from({ length: 20 }, (_, number) => 8 * number);
  if (geometry === undefined) throw new Error('two profiles have one place each');
  for (const stream of seeds.map((seed) => streamOf(geometry, seed))) {
    expect(stream.gpuCount).toBe(1);
    const outcomes = strategies.map((strategy) => runStream(geometry, stream, strategy));
    expect(new Set(outcomes.map(({ accepted }) => accepted)).size).toBe(1);
  }
});

function expectAheadInEachPart(model: string, told: readonly Told[]): void {
  for (const gpuCount of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const some = told.filter((one) => one.gpuCount === gpuCount);
    print(`${model}, GPUs: ${gpuCount}`, some);
    expectAhead(some);
  }
  for (const demand of demands) {
    const some = told.filter((one) => one.demand === demand);
    print(`${model}, demand: ${demand}`, some);
    expectAhead(some);
  }
  for (const other of others) {
    const slices = meanOf(told, other, 'acceptedSlices');
    expect(meanOf(told, 'packed', 'acceptedSlices')).toBeGreaterThan(slices);
  }
}

function tell(geometry: MigGeometry, firstSeed: number): readonly Told[] {
  return Array.from({ length: streamsPerModel }, (_, offset) => {
    const stream = streamOf(geometry, firstSeed + offset);
    const run = (strategy: MigPlacementStrategy) => runStream(geometry, stream, strategy);
    return {
      gpuCount: stream.gpuCount,
      demand: stream.demand,
      outcomes: {
        packed: run('packed'),
        'first-fit': run('first-fit'),
        distributed: run('distributed'),
        random: run('random'),
        'best-fit': run('best-fit'),
      },
    };
  });
}

function expectAhead(told: readonly Told[]): void {
  for (const other of others) {
    expect(meanOf(told, 'packed'), `packed against ${other}`).toBeGreaterThan(meanOf(told, other));
  }
}

function meanOf(
  told: readonly Told[],
  strategy: keyof Outcomes,
  what: keyof Outcome = 'accepted',
): number {
  return told.reduce((sum, { outcomes }) => sum + outcomes[strategy][what], 0) / told.length;
}

function print(title: string, told: readonly Told[]): void {
  const shares = strategies.map((strategy) => {
    const [accepted, slices] = [meanOf(told, strategy), meanOf(told, strategy, 'acceptedSlices')];
    return `${strategy} ${accepted.toFixed(4)} (slices ${slices.toFixed(4)})`;
  });
  console.info(`${title}, ${told.length} streams: ${shares.join(', ')}`);
}

import {
  migGeometryOf,
  placeMigInstance,
  type MigGeometry,
  type MigGpu,
  type MigPlacementPolicy,
  type PresentMigInstance,
} from '@ds01/gpu-allocator';
import type { BenchCase, Measurement } from '../measurement.ts';
import { acceptedBy } from '../mig/accepted.ts';
import { mostAccepted } from '../mig/most-accepted.ts';
import { randomFrom, shortStream } from '../mig/short-stream.ts';
import { processorMs } from '../statistics.ts';

const streams = 500;
const arrivals = 10;
const strategies = ['packed', 'best-fit', 'first-fit', 'distributed', 'random'] as const;
const servers = [
  { name: 'a100x1', model: 'NVIDIA A100-SXM4-40GB', gpuCount: 1 },
  { name: 'a100x2', model: 'NVIDIA A100-SXM4-40GB', gpuCount: 2 },
  { name: 'a30x1', model: 'NVIDIA A30', gpuCount: 1 },
  { name: 'a30x2', model: 'NVIDIA A30', gpuCount: 2 },
] as const;

/** What foresight may do beside choosing places. */
const references = [
  { name: 'mig-exact', mayTurnAway: true, budget: 1.2 },
  { name: 'mig-exact-accepting', mayTurnAway: false, budget: 1.06 },
] as const;

const choiceGpus = 64;
const choicesPerTurn = 200;
const budgetMicros = 50;

/**
 * How many arrivals somebody accepts who knows the whole stream, over how many `packed` accepts, on
 * streams short enough to know: once where foresight may turn away whom it could accept, once where it
 * only chooses places. And what one choice among many GPUs takes.
 */
export const migCase: BenchCase = {
  budgets: [
    ...references.flatMap(({ name }) =>
      servers.map((server) => `${name}-over-packed-${server.name}`),
    ),
    'mig-choice',
  ],
  run: () => [...servers.flatMap(measureQuality), measureChoice()],
};

function measureQuality({ name, model, gpuCount }: (typeof servers)[number]): Measurement[] {
  const geometry = geometryOf(model);
  const some = Array.from({ length: streams }, (_, seed) =>
    shortStream(geometry, { gpuCount, arrivals, seed }),
  );
  const accepted = strategies.map((strategy) => ({
    strategy,
    count: sum(some, (visits, seed) => {
      const policy: MigPlacementPolicy = { strategy, random: randomFrom(seed) };
      return acceptedBy(policy, { geometry, gpuCount, visits });
    }),
  }));
  const packed = accepted.find(({ strategy }) => strategy === 'packed')?.count ?? 0;
  return references.map(({ name: reference, mayTurnAway, budget }) => {
    const most = sum(some, (visits) => mostAccepted({ geometry, gpuCount, visits, mayTurnAway }));
    const shares = accepted.map(
      ({ strategy, count }) => `${strategy} ${(count / most).toFixed(3)}`,
    );
    return {
      name: `${reference}-over-packed-${name}`,
      ratio: most / packed,
      budget,
      raw: `of ${String(most)} that can be accepted in ${String(streams)} streams of ${String(arrivals)}: ${shares.join(', ')}`,
    };
  });
}

function sum<T>(values: readonly T[], count: (value: T, position: number) => number): number {
  return values.reduce((total, value, position) => total + count(value, position), 0);
}

function measureChoice(): Measurement {
  const gpus = halfFullServer(geometryOf('NVIDIA A100-SXM4-40GB'));
  const want = { kind: 'profile', profile: '1g.5gb' } as const;
  const turn = (): void => {
    for (let choice = 0; choice < choicesPerTurn; choice += 1) {
      const { decision } = placeMigInstance(gpus, want, { strategy: 'packed' });
      if (decision !== 'placed') throw new Error('a half full server had no place');
    }
  };
  const turns = Array.from({ length: 60 }, () => (processorMs(turn) * 1000) / choicesPerTurn);
  const micros = Math.min(...turns);
  return {
    name: 'mig-choice',
    ratio: micros / budgetMicros,
    budget: 1,
    raw: `${micros.toFixed(1)} us among ${String(choiceGpus)} GPUs, ${String(budgetMicros)} us allowed`,
  };
}

/** Every GPU has some instances, placed by chance. */
function halfFullServer(geometry: MigGeometry): readonly MigGpu[] {
  const random = randomFrom(1);
  return Array.from({ length: choiceGpus }, (_, index) => {
    const instances: PresentMigInstance[] = [];
    const gpu = { index, geometry, instances };
    for (const profile of ['1g.5gb', '2g.10gb']) {
      const want = { kind: 'profile', profile } as const;
      const decision = placeMigInstance([gpu], want, { strategy: 'random', random });
      if (decision.decision === 'placed') instances.push(decision);
    }
    return gpu;
  });
}

function geometryOf(model: string): MigGeometry {
  const geometry = migGeometryOf(model);
  if (geometry === undefined) throw new Error(`${model} is not known`);
  return geometry;
}

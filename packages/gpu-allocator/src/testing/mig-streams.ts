import type { MigGeometry } from '../mig/geometry.ts';
import { placeMigInstance } from '../mig/place.ts';
import type { PresentMigInstance } from '../mig/request.ts';
import type { MigPlacementStrategy } from '../mig/strategies.ts';
import { randomFrom } from './random.ts';

/** Somebody who wants an instance for a while. */
export interface Arrival {
  readonly atMs: number;
  readonly profile: string;
  readonly size: number;
  readonly stayMs: number;
}

/** Which profiles are asked for: all alike, by chance, the small ones more, the large ones more. */
export const demands = ['even', 'drawn', 'small', 'large'] as const;

/** One server's story. */
export interface Stream {
  readonly gpuCount: number;
  readonly demand: (typeof demands)[number];
  readonly arrivals: readonly Arrival[];
}

const meanStayMs = 1000;

/**
 * A stream of the seed: 1 to 8 GPUs; each kind of demand; 0.7 to 2 times as many memory slices asked
 * for as there are; stays exponential or uniform; 60 arrivals and 40 more for each GPU.
 */
export function streamOf(geometry: MigGeometry, seed: number): Stream {
  const random = randomFrom(seed);
  const exponential = (): number => -Math.log(1 - random());
  const gpuCount = 1 + (seed % 8);
  const demand = demands[Math.floor(seed / 8) % demands.length] ?? 'even';
  const exponentialStays = Math.floor(seed / 32) % 2 === 0;
  const weights = geometry.profiles.map(({ shape }) => {
    if (demand === 'even') return 1;
    if (demand === 'drawn') return exponential();
    return demand === 'small' ? 1 / shape.size : shape.size;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const meanSize = geometry.profiles.reduce(
    (total, { shape }, position) => total + (shape.size * (weights[position] ?? 0)) / sum,
    0,
  );
  const load = 0.7 + 1.3 * random();
  const arrivalsPerMs = (load * gpuCount * geometry.memorySlices) / meanSize / meanStayMs;
  let atMs = 0;
  const arrivals = Array.from({ length: 60 + 40 * gpuCount }, () => {
    atMs += exponential() / arrivalsPerMs;
    let rest = random() * sum;
    const position = weights.findIndex((weight) => (rest -= weight) < 0);
    const shape = geometry.profiles.at(position)?.shape;
    const stayMs = meanStayMs * (exponentialStays ? exponential() : 2 * random());
    return { atMs, profile: shape?.name ?? '', size: shape?.size ?? 0, stayMs };
  });
  return { gpuCount, demand, arrivals };
}

/** What became of a stream, as shares of what was asked for. */
export interface Outcome {
  readonly accepted: number;
  readonly acceptedSlices: number;
}

interface Tenant {
  readonly untilMs: number;
  readonly gpu: number;
  readonly instance: PresentMigInstance;
}

/** Runs a stream: each arrival is placed at once or turned away for good. */
export function runStream(
  geometry: MigGeometry,
  stream: Stream,
  strategy: MigPlacementStrategy,
): Outcome {
  const gpus = Array.from({ length: stream.gpuCount }, (_, index) => {
    const instances: PresentMigInstance[] = [];
    return { index, geometry, instances };
  });
  const policy = { strategy, random: randomFrom(stream.arrivals.length) };
  let tenants: Tenant[] = [];
  let accepted = 0;
  let acceptedSlices = 0;
  for (const { atMs, profile, size, stayMs } of stream.arrivals) {
    for (const { gpu, instance, untilMs } of tenants) {
      const instances = gpus[gpu]?.instances;
      if (untilMs <= atMs) instances?.splice(instances.indexOf(instance), 1);
    }
    tenants = tenants.filter(({ untilMs }) => untilMs > atMs);
    const decision = placeMigInstance(gpus, { kind: 'profile', profile }, policy);
    if (decision.decision === 'refused') continue;
    const instance = { profile, placement: decision.placement };
    gpus[decision.gpu]?.instances.push(instance);
    tenants.push({ untilMs: atMs + stayMs, gpu: decision.gpu, instance });
    accepted += 1;
    acceptedSlices += size;
  }
  const slices = stream.arrivals.reduce((total, { size }) => total + size, 0);
  return {
    accepted: accepted / stream.arrivals.length,
    acceptedSlices: acceptedSlices / slices,
  };
}

import type { MigGeometry } from '@ds01/gpu-allocator';
import type { Visit } from './short-stream.ts';

/** What the search may do beside choosing places. */
export interface Foresight {
  readonly geometry: MigGeometry;
  readonly gpuCount: number;
  readonly visits: readonly Visit[];
  /** False = whoever comes while there is a place must get one, as with every strategy. */
  readonly mayTurnAway: boolean;
}

/**
 * For each bit of an occupancy the position of the first visit that finds it free again. What holds it
 * until then makes no difference to anybody.
 */
type Gpu = readonly number[];

interface Arrival {
  /** Positions in a `Gpu` that each place of the profile takes. */
  readonly places: readonly (readonly number[])[];
  /** Position of the first visit that finds the place free again. */
  readonly freeAt: number;
}

/**
 * The most visits that could be accepted by somebody who knows the whole stream and never moves an
 * instance. Exact: a branch and bound over every free place, which remembers every situation that it
 * has been in; which of two GPUs is in which state makes no difference.
 */
export function mostAccepted(foresight: Foresight): number {
  const arrivals = arrivalsOf(foresight);
  const known = new Map<string, number>();

  const best = (position: number, before: readonly Gpu[]): number => {
    const arrival = arrivals[position];
    if (arrival === undefined) return 0;
    const { server, text } = normalised(before, position);
    const key = `${String(position)} ${text}`;
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const accepting = successors(server, arrival, position);
    const turnedAway = foresight.mayTurnAway || accepting.length === 0 ? [server] : [];
    let most = 0;
    for (const [gain, nexts] of [[1, accepting] as const, [0, turnedAway] as const]) {
      for (const next of nexts) {
        if (gain + bound(arrivals, position + 1, next) <= most) continue;
        most = Math.max(most, gain + best(position + 1, next));
      }
    }
    known.set(key, most);
    return most;
  };

  const bits = foresight.geometry.memorySlices + 1;
  const empty = Array.from({ length: bits }, () => 0);
  return best(
    0,
    Array.from({ length: foresight.gpuCount }, () => empty),
  );
}

function arrivalsOf({ geometry, visits }: Foresight): readonly Arrival[] {
  return visits.map(({ to, profile }) => {
    const next = visits.findIndex(({ from }) => from >= to);
    const places = geometry.profiles[profile]?.places ?? [];
    return {
      places: places.map(({ bits }) => positionsOf(bits, geometry.memorySlices + 1)),
      freeAt: next === -1 ? visits.length : next,
    };
  });
}

function positionsOf(bits: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, bit) => bit).filter((bit) => (bits & (1 << bit)) !== 0);
}

function normalised(before: readonly Gpu[], position: number) {
  const told = before
    .map((gpu) => gpu.map((freeAt) => (freeAt <= position ? 0 : freeAt)))
    .map((gpu) => ({ gpu, text: gpu.join() }))
    .toSorted((left, right) => (left.text < right.text ? -1 : 1));
  return {
    server: told.map(({ gpu }) => gpu),
    text: told.map(({ text }) => text).join(' '),
  };
}

function isFree(gpu: Gpu, place: readonly number[], position: number): boolean {
  return place.every((bit) => (gpu[bit] ?? 0) <= position);
}

/** Every server after accepting, one of those that are alike. */
function successors(
  server: readonly Gpu[],
  { places, freeAt }: Arrival,
  position: number,
): readonly (readonly Gpu[])[] {
  return server.flatMap((gpu, index) => {
    if (index > 0 && String(server[index - 1]) === String(gpu)) return [];
    return places
      .filter((place) => isFree(gpu, place, position))
      .map((place) =>
        server.with(
          index,
          gpu.map((before, bit) => (place.includes(bit) ? freeAt : before)),
        ),
      );
  });
}

/** No more than those for whom there would be a place if nobody else were accepted. */
function bound(arrivals: readonly Arrival[], first: number, server: readonly Gpu[]): number {
  let count = 0;
  for (let position = first; position < arrivals.length; position += 1) {
    const places = arrivals[position]?.places ?? [];
    if (server.some((gpu) => places.some((place) => isFree(gpu, place, position)))) count += 1;
  }
  return count;
}

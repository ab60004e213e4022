import fc from 'fast-check';
import { expect, test } from 'vitest';
import { migGeometryOf } from './boards.ts';
import { explainMigPlacement } from './explain.ts';
import type { MigGeometry } from './geometry.ts';
import { placeMigInstance } from './place.ts';
import type { MigGpu, MigWant, PresentMigInstance } from './request.ts';
import { models } from '../testing/mig-models.ts';
import { randomFrom } from '../testing/random.ts';

const long = process.env['DS01_TEST_LONG'] === '1';
const runs = { numRuns: long ? 20_000 : 400, seed: 20_261_122 };

const geometries = models.flatMap((model) => migGeometryOf(model) ?? []);
const names = [
  ...new Set(geometries.flatMap(({ profiles }) => profiles.map(({ shape }) => shape.name))),
];
const gibibyte = 2 ** 30;

const wants: fc.Arbitrary<MigWant> = fc.oneof(
  fc.record({ kind: fc.constant('profile'), profile: fc.constantFrom(...names) }),
  fc.record({
    kind: fc.constant('minimum'),
    minMemoryBytes: fc.integer({ min: 0, max: 90 }).map((size) => size * gibibyte),
    minComputeSlices: fc.nat({ max: 7 }),
  }),
);
const strategies = fc.constantFrom('packed', 'best-fit', 'first-fit', 'distributed', 'random');
const steps = fc.array(
  fc.record({ want: wants, removed: fc.option(fc.nat({ max: 30 }), { nil: undefined }) }),
  { minLength: 1, maxLength: 40, size: 'max' },
);

const chosenGeometries = fc.array(fc.constantFrom(...geometries), { minLength: 1, maxLength: 5 });

function emptyGpu(geometry: MigGeometry, index = 0) {
  const instances: PresentMigInstance[] = [];
  return { index, geometry, instances };
}

function slicesOf({ placement }: PresentMigInstance): readonly number[] {
  const { start, size } = placement ?? { start: 0, size: 0 };
  return Array.from({ length: size }, (_, offset) => start + offset);
}

/** The rules in the words of the user guide, without bits. */
function breaches({ geometry, instances }: MigGpu): readonly string[] {
  const shapes = new Map(geometry.profiles.map(({ shape }) => [shape.name, shape]));
  const slices = instances.flatMap(slicesOf);
  const known = instances.map(({ profile }) => shapes.get(profile ?? ''));
  const compute = known.reduce((sum, shape) => sum + (shape?.computeSlices ?? 0), 0);
  const media = instances.filter(({ profile }) => profile?.endsWith('+me') === true);
  const valid = instances.every(({ placement }, position) => {
    const shape = known[position];
    return shape?.size === placement?.size && shape?.starts.includes(placement?.start ?? -1);
  });
  return [
    ...(new Set(slices).size === slices.length ? [] : ['instances overlap']),
    ...(compute <= (geometry.memorySlices === 4 ? 4 : 7) ? [] : ['too many compute slices']),
    ...(media.length <= 1 ? [] : ['two instances with the media engines']),
    ...(valid ? [] : ['not a placement of the profile']),
  ];
}

function suits(gpu: MigGpu, name: string, want: MigWant): boolean {
  const shape = gpu.geometry.profiles.find((profile) => profile.shape.name === name)?.shape;
  if (shape === undefined) return false;
  if (want.kind === 'profile') return name === want.profile;
  const { minMemoryBytes = 0, minComputeSlices = 0 } = want;
  return shape.memoryBytes >= minMemoryBytes && shape.computeSlices >= minComputeSlices;
}

/** True if an instance could be added somewhere without a breach. */
function hasRoom(gpus: readonly MigGpu[], want: MigWant): boolean {
  return gpus.some((gpu) =>
    gpu.geometry.profiles.some(
      ({ shape: { name, starts, size } }) =>
        suits(gpu, name, want) &&
        starts.some((start) => {
          const added = { profile: name, placement: { start, size } };
          return breaches({ ...gpu, instances: [...gpu.instances, added] }).length === 0;
        }),
    ),
  );
}

test('whatever comes and goes, every placement is valid, and there is none only where none is possible', () => {
  let placed = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      chosenGeometries,
      steps,
      strategies,
      fc.nat(),
      (chosen, sequence, strategy, seed) => {
        const gpus = chosen.map(emptyGpu);
        const policy = { strategy, random: randomFrom(seed) };
        for (const { want, removed } of sequence) {
          if (removed !== undefined) gpus[removed % gpus.length]?.instances.splice(removed % 7, 1);
          const possible = hasRoom(gpus, want);
          const decision = placeMigInstance(gpus, want, policy);
          expect(decision.decision).toBe(possible ? 'placed' : 'refused');
          if (decision.decision === 'refused') {
            refused += 1;
            continue;
          }
          placed += 1;
          const gpu = gpus[decision.gpu];
          expect(gpu !== undefined && suits(gpu, decision.profile, want)).toBe(true);
          gpu?.instances.push({ profile: decision.profile, placement: decision.placement });
          expect(gpus.flatMap(breaches)).toEqual([]);
        }
      },
    ),
    runs,
  );
  expect(placed).toBeGreaterThan(runs.numRuns);
  expect(refused).toBeGreaterThan(runs.numRuns);
});

/** GPUs of one model with whatever fits on them, and the same in another order. */
const equalGpus = fc
  .record({
    geometry: fc.constantFrom(...geometries),
    contents: fc.array(fc.array(fc.nat({ max: 100 }), { maxLength: 6 }), {
      minLength: 2,
      maxLength: 5,
    }),
    seed: fc.nat(),
  })
  .map(({ geometry, contents, seed }) => {
    const filled = contents.map((picks) => {
      const gpu = emptyGpu(geometry);
      const random = { strategy: 'random', random: randomFrom(seed) } as const;
      for (const pick of picks) {
        const profile = geometry.profiles[pick % geometry.profiles.length]?.shape.name ?? '';
        const decision = placeMigInstance([gpu], { kind: 'profile', profile }, random);
        if (decision.decision === 'placed') gpu.instances.push(decision);
      }
      return gpu.instances;
    });
    const random = randomFrom(seed + 1);
    const shuffled = filled
      .map((instances) => ({ instances, key: random() }))
      .toSorted((left, right) => left.key - right.key)
      .map(({ instances }) => instances);
    const gpus = (all: typeof filled) =>
      all.map((instances, index) => ({ index, geometry, instances }));
    return { left: gpus(filled), right: gpus(shuffled) };
  });

test('which of several equal GPUs holds what changes nothing in what is left', () => {
  const fair = fc.constantFrom('packed', 'best-fit', 'distributed');
  fc.assert(
    fc.property(equalGpus, wants, fair, ({ left, right }, want, strategy) => {
      expect(takenAfter(left, want, strategy)).toEqual(takenAfter(right, want, strategy));
    }),
    runs,
  );
});

/** What is taken on each GPU after a placement, in an order of its own. */
function takenAfter(
  gpus: readonly MigGpu[],
  want: MigWant,
  strategy: 'packed' | 'best-fit' | 'distributed',
): readonly string[] {
  const decision = placeMigInstance(gpus, want, { strategy });
  return gpus
    .map(({ index, instances }) => {
      const added = decision.decision === 'placed' && decision.gpu === index ? [decision] : [];
      const all = [...instances, ...added];
      const media = all.some(({ profile }) => profile?.endsWith('+me') === true);
      const slices = all.flatMap(slicesOf).toSorted((left, right) => left - right);
      return [...slices, media].join(' ');
    })
    .toSorted();
}

test('the order in which GPUs and instances are told makes no difference', () => {
  fc.assert(
    fc.property(equalGpus, wants, strategies, fc.nat(), ({ left }, want, strategy, seed) => {
      const told = left
        .map((gpu) => ({ ...gpu, instances: gpu.instances.toReversed() }))
        .toReversed();
      const decide = (gpus: readonly MigGpu[]) =>
        placeMigInstance(gpus, want, { strategy, random: randomFrom(seed) });
      expect(decide(told)).toEqual(decide(left));
    }),
    runs,
  );
});

test('the explanation tells of each GPU once and of the place that was chosen', () => {
  fc.assert(
    fc.property(equalGpus, wants, strategies, fc.nat(), ({ left }, want, strategy, seed) => {
      const policy = () => ({ strategy, random: randomFrom(seed) });
      const decision = placeMigInstance(left, want, policy());
      const told = explainMigPlacement(left, want, policy());
      expect(told.map(({ gpu }) => gpu)).toEqual(left.map(({ index }) => index));
      const chosen = told.filter(({ outcome }) => outcome === 'chosen');
      expect(chosen).toHaveLength(decision.decision === 'placed' ? 1 : 0);
      if (decision.decision === 'placed') {
        expect(chosen[0]?.gpu).toBe(decision.gpu);
        expect(chosen[0]?.places).toContainEqual(
          expect.objectContaining({ start: decision.placement.start, profile: decision.profile }),
        );
      }
    }),
    runs,
  );
});

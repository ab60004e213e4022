import { expect, test } from 'vitest';
import { migGeometryOf } from './boards.ts';
import { explainMigPlacement } from './explain.ts';
import { defineMigGeometry, type MigGeometry } from './geometry.ts';
import { placeMigInstance } from './place.ts';
import type { MigGpu, PresentMigInstance } from './request.ts';

const packed = { strategy: 'packed' } as const;

function knownGeometry(model: string): MigGeometry {
  const geometry = migGeometryOf(model);
  if (geometry === undefined) throw new Error(`${model} is not known`);
  return geometry;
}

const a100 = knownGeometry('NVIDIA A100-SXM4-40GB');
const a30 = knownGeometry('NVIDIA A30');

function at(profile: string, start: number, size: number): PresentMigInstance {
  return { profile, placement: { start, size } };
}

function gpus(
  geometry: MigGeometry,
  ...contents: readonly (readonly PresentMigInstance[])[]
): readonly MigGpu[] {
  return contents.map((instances, index) => ({ index, geometry, instances }));
}

test('packed keeps room for the large profiles where the first place would break both halves', () => {
  const servers = gpus(a100, []);
  const want = { kind: 'profile', profile: '1g.5gb' } as const;
  expect(placeMigInstance(servers, want, packed)).toEqual({
    decision: 'placed',
    gpu: 0,
    profile: '1g.5gb',
    placement: { start: 6, size: 1 },
    reason:
      '1g.5gb on slice 6 of GPU 0, of 7 places the one that takes the least room: 4 of the room of 19.',
  });
  expect(placeMigInstance(servers, want, { strategy: 'first-fit' })).toMatchObject({
    placement: { start: 0 },
  });
});

test('packed fills up a GPU that is broken already, distributed takes the empty one', () => {
  const servers = gpus(a100, [], [at('3g.20gb', 4, 4)]);
  const want = { kind: 'profile', profile: '2g.10gb' } as const;
  expect(placeMigInstance(servers, want, packed)).toMatchObject({ gpu: 1 });
  expect(placeMigInstance(servers, want, { strategy: 'best-fit' })).toMatchObject({ gpu: 1 });
  expect(placeMigInstance(servers, want, { strategy: 'distributed' })).toMatchObject({ gpu: 0 });
  expect(placeMigInstance(servers, want, { strategy: 'first-fit' })).toMatchObject({ gpu: 0 });
});

test('random takes the place that its source points at, the last one for a source that says 1', () => {
  const servers = gpus(a30, [], []);
  const want = { kind: 'profile', profile: '2g.12gb' } as const;
  const taken = [0, 0.25, 0.5, 0.99, 1].map((value) => {
    const decision = placeMigInstance(servers, want, { strategy: 'random', random: () => value });
    return decision.decision === 'placed' ? [decision.gpu, decision.placement.start] : [];
  });
  expect(taken).toEqual([
    [0, 0],
    [0, 2],
    [1, 0],
    [1, 2],
    [1, 2],
  ]);
});

test('a minimum is met by the smallest profile that still fits, never by a +me', () => {
  const want = { kind: 'minimum', minMemoryBytes: 9 * 2 ** 30 } as const;
  expect(placeMigInstance(gpus(a100, []), want, packed)).toMatchObject({ profile: '1g.10gb' });
  const twoCompute = { ...want, minComputeSlices: 2 };
  expect(placeMigInstance(gpus(a100, []), twoCompute, packed)).toMatchObject({
    profile: '2g.10gb',
  });
  const onlyHalf = gpus(a100, [at('4g.20gb', 0, 4)], [at('7g.40gb', 0, 8)]);
  expect(
    placeMigInstance(onlyHalf, { kind: 'minimum', minComputeSlices: 3 }, packed),
  ).toMatchObject({ gpu: 0, profile: '3g.20gb', placement: { start: 4, size: 4 } });
  const nothing = placeMigInstance(gpus(a30, []), { kind: 'minimum' }, packed);
  expect(nothing).toMatchObject({ profile: '1g.6gb' });
});

test('names are understood whatever their case and spaces', () => {
  const want = { kind: 'profile', profile: ' 3G.20GB ' } as const;
  expect(placeMigInstance(gpus(a100, []), want, packed)).toMatchObject({ profile: '3g.20gb' });
});

test('one +me on a GPU, of whichever profile, also where a profile is not known', () => {
  const want = { kind: 'profile', profile: '1g.6gb+me' } as const;
  for (const profile of ['2g.12gb+me', '1g.6gb+me', null]) {
    const servers = gpus(a30, [{ profile, placement: { start: 0, size: 2 } }]);
    expect(placeMigInstance(servers, want, packed)).toMatchObject({ code: 'gpu.none-free' });
    expect(explainMigPlacement(servers, want, packed)).toMatchObject([
      { outcome: 'no-place', message: 'another instance has the media engines' },
    ]);
  }
  const plain = gpus(a30, [at('2g.12gb', 0, 2)]);
  expect(placeMigInstance(plain, want, packed)).toMatchObject({ decision: 'placed' });
});

test('a GPU with an instance of unknown or impossible placement gets nothing', () => {
  const want = { kind: 'profile', profile: '1g.6gb' } as const;
  const impossible = [null, { start: 4, size: 1 }, { start: -1, size: 1 }, { start: 0, size: 0.5 }];
  for (const placement of impossible) {
    const servers = gpus(a30, [{ profile: '1g.6gb', placement }]);
    expect(placeMigInstance(servers, want, packed)).toMatchObject({ code: 'gpu.none-free' });
    expect(explainMigPlacement(servers, want, packed)).toMatchObject([{ outcome: 'not-known' }]);
  }
});

test('a refusal says whether the request may succeed later', () => {
  const full = gpus(a30, [at('4g.24gb', 0, 4)]);
  const refusal = (profile: string, servers = full) =>
    placeMigInstance(servers, { kind: 'profile', profile }, packed);
  expect(refusal('1g.6gb')).toMatchObject({
    code: 'gpu.none-free',
    retryable: true,
    reason: 'There is no place for a 1g.6gb on the GPU that could have one.',
    details: { asked: 'a 1g.6gb', gpus: 1, suitableGpus: 1 },
  });
  expect(refusal('3g.20gb')).toMatchObject({
    code: 'gpu.no-match',
    retryable: false,
    reason: 'No GPU can have a 3g.20gb. There are 1g.6gb, 1g.6gb+me, 2g.12gb, 2g.12gb+me, 4g.24gb.',
  });
  expect(refusal('large')).toMatchObject({ code: 'gpu.invalid-profile', retryable: false });
  expect(refusal('1g.6gb', [])).toMatchObject({ code: 'gpu.no-match' });
});

test('the explanation weighs the places of each GPU', () => {
  const servers = gpus(a30, [at('4g.24gb', 0, 4)], [], [at('1g.6gb', 0, 1)]);
  const want = { kind: 'profile', profile: '1g.6gb' } as const;
  expect(explainMigPlacement(servers, want, packed)).toEqual([
    {
      gpu: 0,
      outcome: 'no-place',
      message: 'no free slices where 1g.6gb may start',
      room: 0,
      places: [],
    },
    {
      gpu: 1,
      outcome: 'passed-over',
      message: 'any place takes 3 or more of the room of 9',
      room: 9,
      places: [0, 1, 2, 3].map((start) => ({ profile: '1g.6gb', start, cost: 3 })),
    },
    {
      gpu: 2,
      outcome: 'chosen',
      message: 'start 1 takes 1 of the room of 6',
      room: 6,
      places: [
        { profile: '1g.6gb', start: 1, cost: 1 },
        { profile: '1g.6gb', start: 2, cost: 3 },
        { profile: '1g.6gb', start: 3, cost: 3 },
      ],
    },
  ]);
});

test('a GPU that could only take more than is needed is passed over for one that fits', () => {
  const servers = gpus(a100, [], [at('3g.20gb', 0, 4), at('3g.20gb', 4, 4)]);
  const [first, second] = servers;
  if (first === undefined || second === undefined) throw new Error('two GPUs were made');
  const large = defineMigGeometry(a100.profiles.map(({ shape }) => shape).slice(-1));
  const onlyLarge = { ...second, geometry: large ?? a100, instances: [] };
  const want = { kind: 'minimum', minMemoryBytes: 2 ** 30 } as const;
  const told = explainMigPlacement([first, onlyLarge], want, packed);
  expect(told.map(({ outcome }) => outcome)).toEqual(['chosen', 'no-place']);
  expect(told[1]?.message).toBe('only 7g.40gb fits, which is larger than what fits elsewhere');
});

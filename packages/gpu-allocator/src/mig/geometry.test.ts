import { describe, expect, test } from 'vitest';
import { migGeometryOf } from './boards.ts';
import { defineMigGeometry, type MigGeometry, type MigProfileShape } from './geometry.ts';
import { models } from '../testing/mig-models.ts';

const single: MigProfileShape = {
  name: '1g.24gb',
  memoryBytes: 24 * 2 ** 30,
  computeSlices: 1,
  starts: [0, 3, 6, 9],
  size: 3,
};

/** The most further instances of one profile, by trying every set of places. */
function mostOf(geometry: MigGeometry, name: string, occupancy: number): number {
  const places = geometry.profiles.find(({ shape }) => shape.name === name)?.places ?? [];
  const most = (position: number, taken: number): number => {
    const place = places[position];
    if (place === undefined) return 0;
    const without = most(position + 1, taken);
    if ((place.bits & taken) !== 0) return without;
    return Math.max(without, 1 + most(position + 1, taken | place.bits));
  };
  return most(0, occupancy);
}

describe.each(models)('%s', (model) => {
  const geometry = migGeometryOf(model);
  if (geometry === undefined) throw new Error(`${model} is not known`);

  test('the room in an occupancy is what every set of places allows at most', () => {
    for (let occupancy = 0; occupancy <= geometry.full; occupancy += 1) {
      const most = geometry.profiles.map(({ shape }) => mostOf(geometry, shape.name, occupancy));
      expect(geometry.roomIn(occupancy)).toBe(most.reduce((sum, count) => sum + count, 0));
    }
    expect(geometry.roomIn(geometry.full)).toBe(0);
  });

  test('an empty GPU takes as many of each profile as the driver lists', () => {
    const most = geometry.profiles.map(({ shape }) => mostOf(geometry, shape.name, 0));
    expect(most).toEqual(geometry.memorySlices === 4 ? [4, 1, 2, 1, 1] : [7, 1, 4, 3, 2, 1, 1]);
  });

  test('the name of a profile tells its compute slices and about its memory', () => {
    for (const { shape } of geometry.profiles) {
      const [, slices, gigabytes] = /^(\d)g\.(\d+)gb/.exec(shape.name) ?? [];
      expect(shape.computeSlices).toBe(Number(slices));
      const named = Number(gigabytes) * 2 ** 30;
      expect(shape.memoryBytes / named).toBeGreaterThan(0.88);
      expect(shape.memoryBytes / named).toBeLessThan(1.05);
    }
  });
});

test('models whose profiles have other names are not known', () => {
  for (const model of [
    'NVIDIA H100 NVL',
    'NVIDIA GH200 480GB',
    'NVIDIA A100-SXM-64GB',
    'NVIDIA L40S',
    'A30X',
  ]) {
    expect(migGeometryOf(model)).toBeUndefined();
  }
  expect(migGeometryOf('NVIDIA A100 80GB PCIe')).toBe(migGeometryOf('NVIDIA A100-SXM4-80GB'));
  expect(migGeometryOf('A100-PCIE-40GB')).toBe(migGeometryOf('NVIDIA A100-SXM4-40GB'));
});

test('a geometry is made of what a driver says of a model that nobody here knows', () => {
  const double = { ...single, name: '2g.48gb', computeSlices: 2, starts: [6, 0], size: 6 };
  const geometry = defineMigGeometry([single, double]);
  expect(geometry).toMatchObject({ memorySlices: 12 });
  expect(geometry?.roomIn(0)).toBe(6);
  expect(geometry?.roomIn(0b111)).toBe(4);
});

test('what can not be true makes no geometry', () => {
  const broken: readonly (readonly MigProfileShape[])[] = [
    [],
    [single, single],
    [{ ...single, starts: [] }],
    [{ ...single, starts: [-1] }],
    [{ ...single, starts: [0.5] }],
    [{ ...single, size: 0 }],
    [{ ...single, starts: [14] }],
    [{ ...single, memoryBytes: 0 }],
    [{ ...single, computeSlices: Number.NaN }],
  ];
  for (const shapes of broken) expect(defineMigGeometry(shapes)).toBeUndefined();
});

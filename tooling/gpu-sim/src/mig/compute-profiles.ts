import { findMigProfile, migProfiles, type MigProfile } from '../mig-profiles.ts';
import { modelOf, type MigFamily } from '../models.ts';
import type { SimulatedDevice, SimulatedMigInstance } from '../topology.ts';

/** A way to use part of a GPU instance, a line of `mig -lcip`. */
export interface ComputeProfile {
  readonly id: number;
  /** Without the leading `MIG `: `1c.3g.20gb`, or `3g.20gb` for the whole instance. */
  readonly name: string;
  readonly computeSlices: number;
  readonly multiprocessors: number;
  /** How many fit in an empty GPU instance. */
  readonly maxInstances: number;
}

const idBySlices: ReadonlyMap<number, number> = new Map([
  [1, 0],
  [2, 1],
  [3, 2],
  [4, 3],
  [7, 4],
]);

/** Compute instance profiles of a GPU instance; the last one covers it whole (the default). */
export const computeProfilesOf = (
  family: MigFamily,
  instance: MigProfile,
): readonly ComputeProfile[] =>
  [...idBySlices].flatMap(([slices, id]) => {
    if (slices > instance.computeSlices) return [];
    const whole = slices === instance.computeSlices;
    const narrow = migProfiles[family].find(({ computeSlices }) => computeSlices === slices);
    // A family without a profile of that width has no compute instance of it either.
    if (narrow === undefined) return [];
    return [
      {
        id,
        name: whole ? instance.name : `${slices}c.${instance.name}`,
        computeSlices: slices,
        multiprocessors: whole ? instance.multiprocessors : narrow.multiprocessors,
        maxInstances: Math.floor(instance.computeSlices / slices),
      },
    ];
  });

/** Compute slices of an entry's compute instance: those in its name, else all of the instance. */
export const computeSlicesOf = (name: string, instance: MigProfile): number => {
  const [, digits] = /^(\d)c\./u.exec(name) ?? [];
  return digits === undefined ? instance.computeSlices : Number(digits);
};

/** The profile of a compute instance on its board; undefined = the board has no MIG. */
export const computeProfileOf = (
  device: Pick<SimulatedDevice, 'model'>,
  instance: Pick<SimulatedMigInstance, 'profile'>,
): ComputeProfile | undefined => {
  const { migFamily } = modelOf(device.model);
  const whole = migFamily === null ? undefined : findMigProfile(migFamily, instance.profile);
  if (migFamily === null || whole === undefined) return undefined;
  const slices = computeSlicesOf(instance.profile, whole);
  return computeProfilesOf(migFamily, whole).find(({ computeSlices }) => computeSlices === slices);
};

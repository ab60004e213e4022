import { type GpuArchitecture } from './gpu-architecture.ts';
import { compareNumbers } from './version.ts';

/**
 * The Linux driver that each CUDA version came with, newest first: the oldest driver that supports
 * all of it. NVIDIA, "CUDA Toolkit Release Notes", "CUDA Toolkit and Corresponding Driver Versions";
 * 12.7 had a driver, but no toolkit.
 */
const toolkitDrivers: readonly (readonly [string, string])[] = [
  ['13.1', '590.44.01'],
  ['13.0', '580.65.06'],
  ['12.9', '575.51.03'],
  ['12.8', '570.26'],
  ['12.7', '565.57.01'],
  ['12.6', '560.28.03'],
  ['12.5', '555.42.02'],
  ['12.4', '550.54.14'],
  ['12.3', '545.23.06'],
  ['12.2', '535.54.03'],
  ['12.1', '530.30.02'],
  ['12.0', '525.60.13'],
  ['11.8', '520.61.05'],
  ['11.7', '515.43.04'],
  ['11.6', '510.39.01'],
  ['11.5', '495.29.05'],
  ['11.4', '470.42.01'],
  ['11.3', '465.19.01'],
  ['11.2', '460.27.03'],
  ['11.1', '455.23'],
  ['11.0', '450.36.06'],
  ['10.2', '440.33'],
  ['10.1', '418.39'],
  ['10.0', '410.48'],
  ['9.2', '396.26'],
  ['9.1', '390.46'],
  ['9.0', '384.81'],
  ['8.0', '375.26'],
];

/**
 * The oldest Linux driver that runs any version of a CUDA generation, without compiling PTX at run
 * time. NVIDIA, "CUDA Compatibility", "Minor Version Compatibility".
 */
const generationDrivers: ReadonlyMap<number, string> = new Map([
  [13, '580.65.06'],
  [12, '525.60.13'],
  [11, '450.80.02'],
]);

/**
 * CUDA versions that make code for a generation of GPUs. `first`: where a program that was built
 * with it starts to run, counting that Ada runs Ampere's code. `last`: CUDA's generation that knows
 * it last; `null` for those that are still known. NVIDIA, compatibility guides of each generation,
 * and release notes of CUDA 12.0 and 13.0.
 */
const support: Readonly<
  Record<GpuArchitecture, { readonly first: string; readonly last: number | null }>
> = {
  kepler: { first: '5.0', last: 11 },
  maxwell: { first: '6.5', last: 12 },
  pascal: { first: '8.0', last: 12 },
  volta: { first: '9.0', last: 12 },
  turing: { first: '10.0', last: null },
  ampere: { first: '11.0', last: null },
  ada: { first: '11.0', last: null },
  hopper: { first: '11.8', last: null },
  blackwell: { first: '12.8', last: null },
};

const numbersOf = (text: string): readonly number[] => text.split('.').map(Number);
const compareDotted = (left: string, right: string): number =>
  compareNumbers(numbersOf(left), numbersOf(right));
const majorOf = (cuda: string): number => Number(cuda.split('.')[0]);
const minorOf = (cuda: string): string => cuda.split('.').slice(0, 2).join('.');

/**
 * The newest CUDA version that a Linux driver supports in full, such as `12.2` for `535.183.01`; for
 * drivers newer than this table, its newest. `null` when the text is no driver version, or too old.
 */
export function cudaOfDriver(driverVersion: string): string | null {
  if (!/^\d{3}(?:\.\d+)+$/.test(driverVersion)) return null;
  const found = toolkitDrivers.find(([, driver]) => compareDotted(driverVersion, driver) >= 0);
  return found?.[0] ?? null;
}

/**
 * The oldest Linux driver that runs programs of a CUDA version: of its whole generation from 11 on,
 * of the very version before. `null` for versions that are not known here.
 */
export function oldestDriverFor(cuda: string): string | null {
  const full = fullDriverFor(cuda);
  const generation = generationDrivers.get(majorOf(cuda)) ?? full;
  if (full === null || generation === null) return generation;
  return compareDotted(full, generation) < 0 ? full : generation;
}

/** The driver that came with a CUDA version, from which on nothing of it is missing; or `null`. */
export function fullDriverFor(cuda: string): string | null {
  return toolkitDrivers.find(([version]) => version === minorOf(cuda))?.[1] ?? null;
}

/** How a CUDA version and a generation of GPUs go together. */
export type CudaSupport = 'works' | 'too-old' | 'dropped';

/** Whether a CUDA version has code for a GPU: it may be older than the GPU, or have dropped it. */
export function cudaSupport(cuda: string, architecture: GpuArchitecture): CudaSupport {
  const { first, last } = support[architecture];
  if (compareDotted(minorOf(cuda), first) < 0) return 'too-old';
  return last !== null && majorOf(cuda) > last ? 'dropped' : 'works';
}

/** The first CUDA version that has code for a generation of GPUs. */
export function firstCudaFor(architecture: GpuArchitecture): string {
  return support[architecture].first;
}

/** A row of the drivers' table, for people. */
export interface CudaDriverRow {
  readonly cuda: string;
  /** The oldest Linux driver that runs it. */
  readonly oldestDriver: string;
  /** The oldest Linux driver that also compiles its PTX. */
  readonly fullDriver: string;
}

/** Every CUDA version that is known here, newest first. */
export const cudaDrivers: readonly CudaDriverRow[] = toolkitDrivers.map(([cuda, fullDriver]) => ({
  cuda,
  oldestDriver: oldestDriverFor(cuda) ?? fullDriver,
  fullDriver,
}));

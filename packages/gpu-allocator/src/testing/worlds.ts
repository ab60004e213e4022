import fc from 'fast-check';
import { slotUuidSchema, type GpuDevice, type MigInstance } from '@ds01/contracts';
import { boards, unitsPerGpu, type Board, type BoardProfile } from './boards.ts';
import { gigabyte, gpu } from './build.ts';

/** What is true of a slot, whatever the driver tells about it. */
export interface TrueSlot {
  readonly uuid: string;
  readonly id: string;
  readonly deviceUuid: string;
  readonly deviceIndex: number;
  readonly whole: boolean;
  readonly model: string;
  readonly profile: string | null;
  readonly memoryBytes: number | null;
  /** Weight in 28ths of a GPU. */
  readonly units: number;
  /** Slots with the same silicon have the same text. */
  readonly silicon: string;
  /** Memory slices. */
  readonly slices: readonly number[];
}

/** A server and the truth about it. */
export interface World {
  /** In any order. */
  readonly devices: readonly GpuDevice[];
  /** By device and MIG index as numbers. */
  readonly slots: readonly TrueSlot[];
}

interface Part {
  readonly instance: MigInstance;
  readonly truth: TrueSlot;
}

const partition = fc.record({
  picks: fc.array(fc.nat({ max: 10_000 }), { minLength: 3, maxLength: 12, size: 'max' }),
  split: fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
  hidePlacements: fc.boolean(),
  firstGpuInstance: fc.integer({ min: 0, max: 9 }),
  /** Makes the UUIDs of one partition differ from those of the next. */
  tag: fc.stringMatching(/^[0-9a-f]{8}$/),
});
type Partition = typeof partition extends fc.Arbitrary<infer Value> ? Value : never;

const deviceSeed = fc.record({
  board: fc.constantFrom(...boards),
  mig: fc.constantFrom('off', 'off', 'off', 'on', 'on', 'on', 'on', 'empty'),
  partition,
  memoryKnown: fc.constantFrom(true, true, true, false),
  numaNode: fc.constantFrom(null, 0, 1),
});

/** Servers with 1 to 4 GPUs, their indices beyond 9 too, every partition valid. */
export const worlds: fc.Arbitrary<World> = fc
  .record({
    seeds: fc.array(deviceSeed, { minLength: 1, maxLength: 4, size: 'max' }),
    firstIndex: fc.constantFrom(0, 8),
    reversed: fc.boolean(),
  })
  .map(({ seeds, firstIndex, reversed }) => {
    const parts = seeds.map((seed, offset) => deviceOf(firstIndex + offset, seed));
    const devices = parts.map((part) => part.device);
    return {
      devices: reversed ? devices.reverse() : devices,
      slots: parts.flatMap((part) => part.slots),
    };
  });

type DeviceSeed = typeof deviceSeed extends fc.Arbitrary<infer Value> ? Value : never;

function deviceOf(
  index: number,
  seed: DeviceSeed,
): { readonly device: GpuDevice; readonly slots: readonly TrueSlot[] } {
  const { board, mig, memoryKnown, numaNode } = seed;
  const memoryBytes = memoryKnown ? board.memoryGb * gigabyte : null;
  const plain = gpu(index, { model: board.model, memoryBytes, numaNode });
  if (mig === 'off' || board.profiles.length === 0) {
    return { device: plain, slots: [wholeSlot(plain)] };
  }
  const parts = mig === 'empty' ? [] : partsOf(plain, board, seed.partition);
  const instances = parts.map((part) => part.instance);
  const device = { ...plain, migMode: 'enabled' as const, instances };
  return { device, slots: parts.map((part) => part.truth) };
}

function wholeSlot(device: GpuDevice): TrueSlot {
  return {
    uuid: device.uuid,
    id: String(device.index),
    deviceUuid: device.uuid,
    deviceIndex: device.index,
    whole: true,
    model: device.model,
    profile: null,
    memoryBytes: device.memoryBytes,
    units: unitsPerGpu,
    silicon: device.uuid,
    slices: Array.from({ length: 8 }, (_, slice) => slice),
  };
}

/** Takes placements from the board's table one after another, as far as they don't overlap. */
function partsOf(device: GpuDevice, board: Board, how: Partition): readonly Part[] {
  const parts: Part[] = [];
  const taken = new Set<number>();
  const placements = board.profiles.flatMap((profile) =>
    profile.starts.map((start) => ({ profile, start })),
  );
  let mediaExtension = false;
  let gpuInstance = how.firstGpuInstance;
  for (const pick of how.picks) {
    const { profile, start } = placements[pick % placements.length] ?? {};
    if (profile === undefined || start === undefined) continue;
    const slices = Array.from({ length: profile.size }, (_, offset) => start + offset);
    if (slices.some((slice) => taken.has(slice))) continue;
    if (profile.name.endsWith('+me') && mediaExtension) continue;
    mediaExtension ||= profile.name.endsWith('+me');
    slices.forEach((slice) => taken.add(slice));
    const split = profile.computeSlices > 1 && how.split[parts.length % 7] === true;
    for (const compute of split ? halves(profile) : [undefined]) {
      parts.push(partOf({ device, board, profile, start, compute, gpuInstance, parts, how }));
    }
    gpuInstance += 1;
  }
  return parts;
}

/** Two compute instances that share a GPU instance. */
function halves(profile: BoardProfile): readonly number[] {
  return [1, profile.computeSlices - 1];
}

function partOf(options: {
  readonly device: GpuDevice;
  readonly board: Board;
  readonly profile: BoardProfile;
  readonly start: number;
  readonly compute: number | undefined;
  readonly gpuInstance: number;
  readonly parts: readonly Part[];
  readonly how: Partition;
}): Part {
  const { device, board, profile, start, compute, gpuInstance, parts, how } = options;
  const migIndex = parts.length;
  const name = compute === undefined ? profile.name : `${compute}c.${profile.name}`;
  const hex = device.index.toString(16).padStart(8, '0');
  const uuid = slotUuidSchema.parse(`MIG-${hex}-${how.tag}${migIndex}`);
  const memoryBytes = device.memoryBytes === null ? null : profile.memoryGb * gigabyte;
  const truth = {
    uuid,
    id: `${device.index}:${migIndex}`,
    deviceUuid: device.uuid,
    deviceIndex: device.index,
    whole: false,
    model: board.model,
    profile: name,
    memoryBytes,
    units: (compute ?? profile.computeSlices) * board.unitsPerSlice,
    silicon: `${device.uuid} instance ${gpuInstance}`,
    slices: Array.from({ length: profile.size }, (_, offset) => start + offset),
  };
  const instance = {
    index: migIndex,
    uuid,
    profile: name,
    gpuInstanceId: gpuInstance,
    computeInstanceId: 0,
    placement: how.hidePlacements ? null : { start, size: profile.size },
    memoryBytes,
    memoryUsedBytes: null,
  };
  return { instance, truth };
}

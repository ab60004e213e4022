import type { TopologyInput } from './topology.ts';

const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const allToAll = (index: number, count: number, links: number) =>
  indexes(count)
    .filter((peerIndex) => peerIndex !== index)
    .map((peerIndex) => ({ peerIndex, links }));

const a100x4Mig: TopologyInput = {
  hostSeed: 'a100x4-mig',
  devices: indexes(4).map((index) => ({
    index,
    model: 'NVIDIA A100-SXM4-40GB',
    numaNode: index < 2 ? 0 : 1,
    cpuAffinity: index < 2 ? '0-31,64-95' : '32-63,96-127',
    nvlinks: allToAll(index, 4, 4),
    ...(index === 3
      ? {
          migMode: 'enabled' as const,
          utilization: null,
          usedMemoryMiB: 50,
          migInstances: [
            {
              profile: '3g.20gb',
              gpuInstanceId: 2,
              placement: { start: 4, size: 4 },
              usedMemoryMiB: 25,
            },
            {
              profile: '2g.10gb',
              gpuInstanceId: 3,
              placement: { start: 0, size: 2 },
              usedMemoryMiB: 13,
            },
            {
              profile: '1g.5gb',
              gpuInstanceId: 9,
              placement: { start: 2, size: 1 },
              usedMemoryMiB: 6,
            },
            {
              profile: '1g.5gb',
              gpuInstanceId: 10,
              placement: { start: 3, size: 1 },
              usedMemoryMiB: 6,
            },
          ],
        }
      : {}),
  })),
};

const h100x8: TopologyInput = {
  hostSeed: 'h100x8',
  devices: indexes(8).map((index) => ({
    index,
    model: 'NVIDIA H100 80GB HBM3',
    numaNode: index < 4 ? 0 : 1,
    cpuAffinity: index < 4 ? '0-55,112-167' : '56-111,168-223',
    nvlinks: allToAll(index, 8, 18),
  })),
};

const l40sx2: TopologyInput = {
  hostSeed: 'l40sx2',
  devices: indexes(2).map((index) => ({
    index,
    model: 'NVIDIA L40S',
    pciBusId: index === 0 ? '00000000:01:00.0' : '00000000:41:00.0',
  })),
};

/** Ready-made hosts, by the names that `--gpus` of the test engine takes. */
export const presets = {
  'a100x4-mig': a100x4Mig,
  h100x8,
  l40sx2,
  none: { hostSeed: 'none', devices: [] },
} as const satisfies Readonly<Record<string, TopologyInput>>;

/** Name of a ready-made host. */
export type PresetName = keyof typeof presets;

/** Whether a word names a preset (otherwise it is taken for a file's path). */
export const isPresetName = (word: string): word is PresetName => Object.hasOwn(presets, word);

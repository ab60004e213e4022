import type { TopologyInput } from './topology.ts';

const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const allToAll = (index: number, count: number, links: number) =>
  indexes(count)
    .filter((peerIndex) => peerIndex !== index)
    .map((peerIndex) => ({ peerIndex, links }));

/** NUMA node and cores: the first half of the GPUs on node 0, the second on node 1. */
const halves = (index: number, count: number, ...[first, second]: [string, string]) =>
  index < count / 2 ? { numaNode: 0, cpuAffinity: first } : { numaNode: 1, cpuAffinity: second };

const a100x4Mig: TopologyInput = {
  hostSeed: 'a100x4-mig',
  devices: indexes(4).map((index) => ({
    index,
    model: 'NVIDIA A100-SXM4-40GB',
    ...halves(index, 4, '0-31,64-95', '32-63,96-127'),
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
    ...halves(index, 8, '0-55,112-167', '56-111,168-223'),
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

/** Pairs behind one PCIe switch, two pairs below one root port, the other half on another node. */
const l40sx8: TopologyInput = {
  hostSeed: 'l40sx8',
  devices: indexes(8).map((index) => ({
    index,
    model: 'NVIDIA L40S',
    ...halves(index, 8, '0-31,64-95', '32-63,96-127'),
    pcie: {
      switch: Math.floor(index / 2),
      root: Math.floor(index / 4) === 0 ? 0 : Math.floor(index / 2),
    },
  })),
};

const a100x1: TopologyInput = {
  hostSeed: 'a100x1',
  devices: [{ index: 0, model: 'NVIDIA A100-SXM4-80GB', cpuAffinity: '0-31' }],
};

/** All GPUs behind NVLink switches: each pair has all twelve links. */
const a100x8: TopologyInput = {
  hostSeed: 'a100x8',
  devices: indexes(8).map((index) => ({
    index,
    model: 'NVIDIA A100-SXM4-80GB',
    ...halves(index, 8, '0-63,128-191', '64-127,192-255'),
    nvlinks: allToAll(index, 8, 12),
  })),
};

const a30x2: TopologyInput = {
  hostSeed: 'a30x2',
  devices: indexes(2).map((index) => ({
    index,
    model: 'NVIDIA A30',
    cpuAffinity: '0-31',
    pcie: { switch: 0 },
  })),
};

/** Two cards joined by bridges, in MIG mode with nothing created yet on the second. */
const h100PcieX2: TopologyInput = {
  hostSeed: 'h100-pcie-x2',
  devices: indexes(2).map((index) => ({
    index,
    model: 'NVIDIA H100 PCIe',
    cpuAffinity: '0-47',
    nvlinks: allToAll(index, 2, 12),
    ...(index === 1 ? { migMode: 'enabled' as const, utilization: null } : {}),
  })),
};

const switched = (hostSeed: string, model: string): TopologyInput => ({
  hostSeed,
  driverVersion: '580.105.08',
  cudaVersion: '13.0',
  devices: indexes(8).map((index) => ({
    index,
    model,
    ...halves(index, 8, '0-55,112-167', '56-111,168-223'),
    nvlinks: allToAll(index, 8, 18),
  })),
});

/** Ready-made hosts, by the names that `--gpus` of the test engine takes. */
export const presets = {
  'a100x4-mig': a100x4Mig,
  h100x8,
  l40sx2,
  l40sx8,
  a100x1,
  a100x8,
  a30x2,
  'h100-pcie-x2': h100PcieX2,
  h200x8: switched('h200x8', 'NVIDIA H200'),
  b200x8: switched('b200x8', 'NVIDIA B200'),
  none: { hostSeed: 'none', devices: [] },
} as const satisfies Readonly<Record<string, TopologyInput>>;

/** Name of a ready-made host. */
export type PresetName = keyof typeof presets;

/** Whether a word names a preset (otherwise it is taken for a file's path). */
export const isPresetName = (word: string): word is PresetName => Object.hasOwn(presets, word);

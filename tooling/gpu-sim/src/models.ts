/** Families of boards that can be partitioned; each has its own table of profiles. */
export type MigFamily = 'a100-40gb' | 'a100-80gb' | 'a30' | 'h100' | 'h100-pcie' | 'h200' | 'b200';

/** What is fixed about a board, as the real tool reports it. */
export interface GpuModel {
  readonly architecture: string;
  readonly brand: string;
  readonly memoryMiB: number;
  /** Framebuffer that the driver keeps for itself; total = used + free + reserved. */
  readonly reservedMiB: number;
  readonly bar1MiB: number;
  readonly computeCapability: string;
  readonly powerLimitW: number;
  readonly minPowerLimitW: number;
  readonly idlePowerW: number;
  readonly idleTemperatureC: number;
  readonly maxGraphicsClockMHz: number;
  readonly maxMemoryClockMHz: number;
  readonly pcieGeneration: number;
  /** Device and vendor id, eight hexadecimal digits as in `pci.device_id`. */
  readonly pciDeviceId: string;
  readonly pciSubsystemId: string;
  readonly vbiosVersion: string;
  /** Memory banks with spare rows (`remapped_rows.histogram.max`). */
  readonly remapBanks: number;
  /** Links of the board and the speed of one in GB/s, as printed; null = no NVLink. */
  readonly nvlink: { readonly links: number; readonly speedGBs: string } | null;
  /** Null = the board has no MIG. */
  readonly migFamily: MigFamily | null;
}

const ampere = {
  architecture: 'Ampere',
  brand: 'NVIDIA',
  computeCapability: '8.0',
  pcieGeneration: 4,
  idleTemperatureC: 31,
} as const;

const hopper = {
  architecture: 'Hopper',
  brand: 'NVIDIA',
  computeCapability: '9.0',
  pcieGeneration: 5,
  idleTemperatureC: 34,
  maxGraphicsClockMHz: 1980,
  powerLimitW: 700,
  minPowerLimitW: 200,
  remapBanks: 2560,
} as const;

/** Boards that a topology may name, keyed by the product name that the tool prints. */
const gpuModels: Readonly<Record<string, GpuModel>> = {
  'NVIDIA A100-SXM4-40GB': {
    ...ampere,
    memoryMiB: 40960,
    reservedMiB: 613,
    bar1MiB: 65536,
    powerLimitW: 400,
    minPowerLimitW: 100,
    idlePowerW: 52,
    maxGraphicsClockMHz: 1410,
    maxMemoryClockMHz: 1215,
    pciDeviceId: '20B010DE',
    pciSubsystemId: '144E10DE',
    vbiosVersion: '92.00.45.00.03',
    remapBanks: 640,
    nvlink: { links: 12, speedGBs: '25' },
    migFamily: 'a100-40gb',
  },
  'NVIDIA A100-SXM4-80GB': {
    ...ampere,
    memoryMiB: 81920,
    reservedMiB: 869,
    bar1MiB: 131072,
    powerLimitW: 500,
    minPowerLimitW: 100,
    idlePowerW: 62,
    maxGraphicsClockMHz: 1410,
    maxMemoryClockMHz: 1593,
    pciDeviceId: '20B210DE',
    pciSubsystemId: '147F10DE',
    vbiosVersion: '92.00.A0.00.05',
    remapBanks: 640,
    nvlink: { links: 12, speedGBs: '25' },
    migFamily: 'a100-80gb',
  },
  'NVIDIA A30': {
    ...ampere,
    memoryMiB: 24576,
    reservedMiB: 509,
    bar1MiB: 32768,
    powerLimitW: 165,
    minPowerLimitW: 100,
    idlePowerW: 29,
    maxGraphicsClockMHz: 1440,
    maxMemoryClockMHz: 1215,
    pciDeviceId: '20B710DE',
    pciSubsystemId: '153210DE',
    vbiosVersion: '92.00.66.00.02',
    remapBanks: 384,
    nvlink: { links: 4, speedGBs: '25' },
    migFamily: 'a30',
  },
  'NVIDIA H100 80GB HBM3': {
    ...hopper,
    memoryMiB: 81559,
    reservedMiB: 478,
    bar1MiB: 131072,
    idlePowerW: 70,
    maxMemoryClockMHz: 2619,
    pciDeviceId: '233010DE',
    pciSubsystemId: '16C110DE',
    vbiosVersion: '96.00.A5.00.01',
    nvlink: { links: 18, speedGBs: '26.562' },
    migFamily: 'h100',
  },
  'NVIDIA H100 PCIe': {
    ...hopper,
    memoryMiB: 81559,
    reservedMiB: 478,
    bar1MiB: 131072,
    idlePowerW: 47,
    powerLimitW: 350,
    maxGraphicsClockMHz: 1755,
    maxMemoryClockMHz: 1593,
    pciDeviceId: '233110DE',
    pciSubsystemId: '162610DE',
    vbiosVersion: '96.00.74.00.01',
    nvlink: { links: 12, speedGBs: '26.562' },
    migFamily: 'h100-pcie',
  },
  'NVIDIA H200': {
    ...hopper,
    memoryMiB: 143771,
    reservedMiB: 616,
    bar1MiB: 262144,
    idlePowerW: 76,
    maxMemoryClockMHz: 3201,
    pciDeviceId: '233510DE',
    pciSubsystemId: '18BE10DE',
    vbiosVersion: '96.00.BC.00.01',
    nvlink: { links: 18, speedGBs: '26.562' },
    migFamily: 'h200',
  },
  'NVIDIA B200': {
    ...hopper,
    architecture: 'Blackwell',
    computeCapability: '10.0',
    memoryMiB: 183359,
    reservedMiB: 721,
    bar1MiB: 262144,
    idlePowerW: 140,
    powerLimitW: 1000,
    maxGraphicsClockMHz: 1965,
    maxMemoryClockMHz: 3996,
    pciDeviceId: '290110DE',
    pciSubsystemId: '199910DE',
    vbiosVersion: '97.00.82.00.01',
    nvlink: { links: 18, speedGBs: '53.125' },
    migFamily: 'b200',
  },
  'NVIDIA L40S': {
    architecture: 'Ada Lovelace',
    brand: 'NVIDIA',
    memoryMiB: 46068,
    reservedMiB: 608,
    bar1MiB: 65536,
    computeCapability: '8.9',
    powerLimitW: 350,
    minPowerLimitW: 100,
    idlePowerW: 34,
    idleTemperatureC: 33,
    maxGraphicsClockMHz: 2520,
    maxMemoryClockMHz: 9001,
    pcieGeneration: 4,
    pciDeviceId: '26B910DE',
    pciSubsystemId: '185110DE',
    vbiosVersion: '95.02.66.00.02',
    remapBanks: 192,
    nvlink: null,
    migFamily: null,
  },
};

const unlistedModel: GpuModel = {
  ...ampere,
  memoryMiB: 24576,
  reservedMiB: 400,
  bar1MiB: 32768,
  powerLimitW: 300,
  minPowerLimitW: 100,
  idlePowerW: 25,
  maxGraphicsClockMHz: 1710,
  maxMemoryClockMHz: 6251,
  pciDeviceId: '000010DE',
  pciSubsystemId: '000010DE',
  vbiosVersion: '94.00.00.00.01',
  remapBanks: 192,
  nvlink: null,
  migFamily: null,
};

/**
 * Facts of a board. A product name that is not listed gets plausible figures and no MIG, so that a
 * topology may name any card.
 */
export const modelOf = (productName: string): GpuModel => gpuModels[productName] ?? unlistedModel;

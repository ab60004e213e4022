import {
  deviceUuidSchema,
  slotUuidSchema,
  type GpuDevice,
  type GpuInventory,
} from '@ds01/contracts';

/** Slices of one device. */
export const slicesPerDevice = 7;

/** A server of so many A100s, each cut into seven `1g.5gb` instances. */
export function partitionedServer(deviceCount: number): GpuInventory {
  const devices = Array.from({ length: deviceCount }, (_, index) => partitionedDevice(index));
  return { driverVersion: '590.48.01', devices, links: [] };
}

function partitionedDevice(index: number): GpuDevice {
  const digits = index.toString(16).padStart(8, '0');
  return {
    index,
    uuid: deviceUuidSchema.parse(`GPU-${digits}`),
    model: 'NVIDIA A100-SXM4-40GB',
    memoryBytes: 42_949_672_960,
    memoryUsedBytes: 0,
    utilizationPercent: null,
    pciBusId: null,
    numaNode: 0,
    migMode: 'enabled',
    health: { state: 'healthy', reasons: [] },
    instances: Array.from({ length: slicesPerDevice }, (_, slice) => ({
      index: slice,
      uuid: slotUuidSchema.parse(`MIG-${digits}-${String(slice)}`),
      profile: '1g.5gb',
      gpuInstanceId: slice + 7,
      computeInstanceId: 0,
      placement: { start: slice, size: 1 },
      memoryBytes: 5_100_273_664,
      memoryUsedBytes: 0,
    })),
    processes: [],
  };
}

import {
  deviceUuidSchema,
  slotUuidSchema,
  type GpuDevice,
  type GpuInventory,
  type SlotUuid,
} from '@ds01/contracts';

const gigabyte = 2 ** 30;

/** UUID of the whole GPU of an index. */
export function gpuUuid(index: number): SlotUuid {
  return slotUuidSchema.parse(`GPU-0000000${index}`);
}

/** UUID of a MIG instance of a GPU. */
export function migUuid(index: number, instance: number): SlotUuid {
  return slotUuidSchema.parse(`MIG-0000000${index}-${instance}`);
}

/** A healthy A100 that isn't divided. */
export function gpu(index: number, changes: Partial<GpuDevice> = {}): GpuDevice {
  return {
    index,
    uuid: deviceUuidSchema.parse(gpuUuid(index)),
    model: 'NVIDIA A100-SXM4-40GB',
    memoryBytes: 40 * gigabyte,
    memoryUsedBytes: 0,
    utilizationPercent: 0,
    pciBusId: null,
    numaNode: null,
    migMode: 'disabled',
    health: { state: 'healthy', reasons: [] },
    instances: [],
    processes: [],
    ...changes,
  };
}

/** An A100 divided into 3g.20gb and 2g.10gb. */
export function migGpu(index: number): GpuDevice {
  const shapes = [
    { profile: '3g.20gb', start: 0, size: 4 },
    { profile: '2g.10gb', start: 4, size: 2 },
  ];
  return gpu(index, {
    migMode: 'enabled',
    instances: shapes.map(({ profile, start, size }, instance) => ({
      index: instance,
      uuid: migUuid(index, instance),
      profile,
      gpuInstanceId: instance + 1,
      computeInstanceId: 0,
      placement: { start, size },
      memoryBytes: size * 5 * gigabyte,
      memoryUsedBytes: 0,
    })),
  });
}

/** A host with these devices. */
export function host(...devices: readonly GpuDevice[]): GpuInventory {
  return { driverVersion: '550.54.15', devices, links: [] };
}

import { z } from 'zod';
import { defaultBusId, defaultSerial, deterministicUuid, migUuid } from './identity.ts';
import { findMigProfile } from './mig-profiles.ts';
import { modelOf } from './models.ts';

const count = z.int().min(0);

const processSchema = z.strictObject({
  pid: z.int().min(1),
  name: z.string(),
  usedMemoryMiB: count,
  type: z.enum(['C', 'G', 'C+G']).default('C'),
  gpuInstanceId: count.nullable().default(null),
  computeInstanceId: count.nullable().default(null),
});

const migInstanceSchema = z.strictObject({
  profile: z.string(),
  gpuInstanceId: count,
  /** Null = a GPU instance without a compute instance: no device that could be used. */
  computeInstanceId: count.nullable().default(0),
  /** First compute slice inside the GPU instance. */
  computeStart: count.default(0),
  placement: z.strictObject({ start: count, size: z.int().min(1) }),
  uuid: z.string().startsWith('MIG-').optional(),
  usedMemoryMiB: count.default(0),
});

const remappedRowsSchema = z.strictObject({
  correctable: count.default(0),
  uncorrectable: count.default(0),
  pending: z.boolean().default(false),
  failure: z.boolean().default(false),
});

const eccSchema = z.strictObject({
  /** Since the driver was loaded; corrected ones need nobody's action. */
  volatileCorrected: count.default(0),
  volatileUncorrected: count.default(0),
  aggregateCorrected: count.default(0),
  aggregateUncorrected: count.default(0),
});

const healthSchema = z.strictObject({
  /** Last Xid that the kernel logged for the device; the tool itself never prints it. */
  xid: z.int().nullable().default(null),
  /** Fallen off the bus. */
  lost: z.boolean().default(false),
  /**
   * How the tool tells of a lost GPU: `handle` = the driver has no handle for it any more (a line
   * instead of the device), `values` = it still has one and prints `GPU is lost` for each figure.
   */
  lostForm: z.enum(['handle', 'values']).default('handle'),
  /** What figures read that the driver fails to get, while it still knows which board this is. */
  brokenFigures: z.enum(['GPU requires reset', 'Unknown Error', 'ERR!']).nullable().default(null),
  /** What the driver asks for; drivers that print no recovery action say that a reset is required. */
  recoveryAction: z
    .enum(['None', 'Reset', 'Reboot', 'Drain P2P', 'Drain and Reset'])
    .default('None'),
  ecc: eccSchema.prefault({}),
  remappedRows: remappedRowsSchema.prefault({}),
});

const percent = z.int().min(0).max(100);

const timelineSchema = z.strictObject({
  /** Milliseconds since 1970. */
  startedAtMs: count,
  /** Each step holds from its second until the next one; before the first, the device's own values. */
  steps: z
    .array(
      z.strictObject({
        atSeconds: count,
        gpuPercent: percent,
        memoryPercent: percent.optional(),
        usedMemoryMiB: count.optional(),
      }),
    )
    .min(1),
});

const pcieSchema = z.strictObject({
  /** GPUs behind one switch are PIX, below one root port PXB, behind one host bridge PHB. */
  switch: count.nullable().default(null),
  root: count.nullable().default(null),
  hostBridge: count.nullable().default(null),
});

const deviceSchema = z.strictObject({
  index: count,
  model: z.string().min(1),
  uuid: z.string().startsWith('GPU-').optional(),
  serial: z.string().optional(),
  memoryMiB: z.int().min(1).optional(),
  pciBusId: z
    .string()
    .regex(/^[0-9A-F]{8}:[0-9A-F]{2}:[0-9A-F]{2}\.[0-9A-F]$/u)
    .optional(),
  numaNode: count.default(0),
  cpuAffinity: z.string().default('0-31'),
  nvlinks: z.array(z.strictObject({ peerIndex: count, links: z.int().min(1) })).default([]),
  pcie: pcieSchema.prefault({}),
  migMode: z.enum(['enabled', 'disabled', 'unsupported']).optional(),
  /** Another mode than the current one waits for a reset. */
  migModePending: z.enum(['enabled', 'disabled', 'unsupported']).optional(),
  migInstances: z.array(migInstanceSchema).default([]),
  utilization: z
    .strictObject({ gpuPercent: percent, memoryPercent: percent })
    .nullable()
    .default({ gpuPercent: 0, memoryPercent: 0 }),
  timeline: timelineSchema.nullable().default(null),
  usedMemoryMiB: count.default(0),
  temperatureC: z.int().optional(),
  powerDrawW: z.number().min(0).optional(),
  processes: z.array(processSchema).default([]),
  health: healthSchema.prefault({}),
});

const completeDevice = (
  { hostSeed, driverVersion }: { readonly hostSeed: string; readonly driverVersion: string },
  device: z.output<typeof deviceSchema>,
) => {
  const model = modelOf(device.model);
  const migMode =
    device.migMode ?? (model.migFamily === null ? ('unsupported' as const) : ('disabled' as const));
  const uuid = device.uuid ?? `GPU-${deterministicUuid(hostSeed, 'gpu', device.index)}`;
  return {
    ...device,
    uuid,
    serial: device.serial ?? defaultSerial(hostSeed, device.index),
    memoryMiB: device.memoryMiB ?? model.memoryMiB,
    pciBusId: device.pciBusId ?? defaultBusId(device.index),
    migMode,
    migModePending: device.migModePending ?? migMode,
    temperatureC: device.temperatureC ?? model.idleTemperatureC + (device.index % 4),
    powerDrawW: device.powerDrawW ?? model.idlePowerW + device.index * 0.37,
    migInstances: device.migInstances.map((instance) => ({
      ...instance,
      uuid:
        instance.uuid ??
        migUuid({
          driverVersion,
          deviceUuid: uuid,
          gpuInstanceId: instance.gpuInstanceId,
          computeInstanceId: instance.computeInstanceId,
        }),
    })),
  };
};

type CompleteDevice = ReturnType<typeof completeDevice>;

const migProblem = (device: CompleteDevice): string | undefined => {
  if (device.migInstances.length === 0) return undefined;
  const { migFamily } = modelOf(device.model);
  if (migFamily === null || device.migMode !== 'enabled') {
    return `GPU ${device.index} has MIG instances but MIG is not enabled on it`;
  }
  const media = new Set(
    device.migInstances
      .filter(({ profile }) => profile.endsWith('+me'))
      .map(({ gpuInstanceId }) => gpuInstanceId),
  );
  if (media.size > 1) return `GPU ${device.index} has the media engines in two GPU instances`;
  const holders = new Map<number, number>();
  for (const { profile: name, placement, gpuInstanceId } of device.migInstances) {
    const profile = findMigProfile(migFamily, name);
    if (profile === undefined) return `${device.model} has no MIG profile ${name}`;
    if (profile.size !== placement.size || !profile.starts.includes(placement.start)) {
      return `${name} can't be placed at ${placement.start}:${placement.size} on ${device.model}`;
    }
    for (let slice = placement.start; slice < placement.start + placement.size; slice += 1) {
      const holder = holders.get(slice);
      if (holder !== undefined && holder !== gpuInstanceId) {
        return `GPU instances ${holder} and ${gpuInstanceId} of GPU ${device.index} overlap`;
      }
      holders.set(slice, gpuInstanceId);
    }
  }
  return undefined;
};

/** How the driver of a host is; see {@link topologySchema}. */
export const hostModeSchema = z.enum(['ok', 'failing', 'mismatch', 'hanging']);

/**
 * A simulated GPU host. What is left out of a device (UUID, serial, bus id, memory, temperature,
 * power) is derived from its model, its index and `hostSeed`, always to the same values. Refused:
 * unknown keys, indexes that are not 0..n-1 in order, MIG instances with an impossible or
 * overlapping placement.
 */
export const topologySchema = z
  .strictObject({
    /**
     * `failing`: the driver can't be reached (exit 9). `mismatch`: the driver was updated and not
     * loaded again (exit 18). `hanging`: the tool never answers.
     */
    mode: hostModeSchema.default('ok'),
    hostSeed: z.string().default('gpu-sim'),
    driverVersion: z.string().default('550.163.01'),
    cudaVersion: z.string().default('12.4'),
    devices: z.array(deviceSchema),
  })
  .transform((host, context) => {
    const devices = host.devices.map((device) => completeDevice(host, device));
    for (const [position, device] of devices.entries()) {
      const problem =
        device.index === position
          ? migProblem(device)
          : `devices[${position}] has index ${device.index}`;
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    }
    return { ...host, devices };
  });

/** A topology as somebody writes it; see {@link topologySchema} for what may be left out. */
export type TopologyInput = z.input<typeof topologySchema>;
/** A complete topology: nothing is left out. */
export type Topology = z.output<typeof topologySchema>;
/** A GPU of a complete topology. */
export type SimulatedDevice = Topology['devices'][number];
/** A MIG device: a compute instance in a GPU instance. */
export type SimulatedMigInstance = SimulatedDevice['migInstances'][number];

/** Completes and checks a topology; throws a ZodError that names every problem. */
export const parseTopology = (input: unknown): Topology => topologySchema.parse(input);

/** Reads a topology from JSON text; throws a ZodError, also for text that is not JSON. */
export const parseTopologyText = (text: string): Topology =>
  z
    .string()
    .transform((value, context): unknown => {
      try {
        return JSON.parse(value);
      } catch (error) {
        context.addIssue({ code: 'custom', message: `not JSON: ${String(error)}` });
        return z.NEVER;
      }
    })
    .pipe(topologySchema)
    .parse(text);

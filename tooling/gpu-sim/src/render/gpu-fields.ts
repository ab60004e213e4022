import type { SimulatedDevice, Topology } from '../topology.ts';
import { generationOf } from './generation.ts';
import { healthFields } from './gpu-health-fields.ts';
import { sensorFields } from './gpu-sensor-fields.ts';
import {
  between,
  boardOf,
  constant,
  deprecatedSince580,
  field,
  partitioned,
  type FieldContext,
  type GpuField,
  type Value,
} from './gpu-field.ts';
import { readsAsLost } from './lost.ts';
import { deviceMemory } from './memory.ts';
import { productName } from './product-name.ts';

const migMode =
  (pick: (device: SimulatedDevice) => SimulatedDevice['migMode']): Value =>
  ({ device }) => {
    const mode = pick(device);
    return mode === 'unsupported' ? null : mode === 'enabled' ? 'Enabled' : 'Disabled';
  };

const utilization =
  (pick: (used: NonNullable<SimulatedDevice['utilization']>) => number): Value =>
  (context) =>
    partitioned(context) || context.device.utilization === null
      ? null
      : pick(context.device.utilization);

const identityFields: readonly GpuField[] = [
  field('timestamp', ({ timestamps }) => timestamps.csv),
  field('driver_version', ({ topology }) => topology.driverVersion),
  field('count', ({ topology }) => topology.devices.length),
  field('name gpu_name', ({ device, topology }) => productName(device, topology)),
  field('serial gpu_serial', ({ device }) => device.serial),
  field('uuid gpu_uuid', ({ device }) => device.uuid),
  field('pci.bus_id gpu_bus_id', ({ device }) => device.pciBusId),
  field('pci.domain', constant('0x0000')),
  field('pci.bus', ({ device }) => `0x${device.pciBusId.slice(9, 11)}`),
  field('pci.device', ({ device }) => `0x${device.pciBusId.slice(12, 14)}`),
  field('pci.device_id', (context) => `0x${boardOf(context).pciDeviceId}`),
  field('pci.sub_device_id', (context) => `0x${boardOf(context).pciSubsystemId}`),
  field('pcie.link.gen.current', (context) => boardOf(context).pcieGeneration),
  field('pcie.link.gen.max', (context) => boardOf(context).pcieGeneration),
  field('pcie.link.width.current', constant(16)),
  field('pcie.link.width.max', constant(16)),
  field('index', ({ device }) => device.index),
  field('display_mode', deprecatedSince580('Enabled')),
  field('display_active', constant('Disabled')),
  field('persistence_mode', constant('Enabled')),
  between(field('addressing_mode', constant('None')), 530),
  field('accounting.mode', constant('Disabled')),
  field('accounting.buffer_size', constant(4000)),
  field('driver_model.current', constant(null)),
  field('driver_model.pending', constant(null)),
  field('vbios_version', (context) => boardOf(context).vbiosVersion),
  field('gom.current gpu_operation_mode.current', constant(null)),
  field('gom.pending gpu_operation_mode.pending', constant(null)),
  field('compute_mode', constant('Default')),
  field('compute_cap', (context) => boardOf(context).computeCapability),
  field(
    'mig.mode.current',
    migMode((device) => device.migMode),
  ),
  field(
    'mig.mode.pending',
    migMode((device) => device.migModePending),
  ),
  field('gsp.mode.current', constant('Enabled')),
  field('gsp.mode.default', constant('Enabled')),
];

const usageFields: readonly GpuField[] = [
  field('memory.total', ({ device }) => deviceMemory(device).totalMiB, 'MiB'),
  field('memory.reserved', ({ device }) => deviceMemory(device).reservedMiB, 'MiB'),
  field('memory.used', ({ device }) => deviceMemory(device).usedMiB, 'MiB'),
  field('memory.free', ({ device }) => deviceMemory(device).freeMiB, 'MiB'),
  field(
    'utilization.gpu',
    utilization(({ gpuPercent }) => gpuPercent),
    '%',
  ),
  field(
    'utilization.memory',
    utilization(({ memoryPercent }) => memoryPercent),
    '%',
  ),
  field(
    'utilization.encoder',
    utilization(() => 0),
    '%',
  ),
  field(
    'utilization.decoder',
    utilization(() => 0),
    '%',
  ),
  field(
    'utilization.jpeg',
    utilization(() => 0),
    '%',
  ),
  field(
    'utilization.ofa',
    utilization(() => 0),
    '%',
  ),
  field('encoder.stats.sessionCount', constant(0)),
  field('encoder.stats.averageFps', constant(0)),
  field('encoder.stats.averageLatency', constant(0)),
];

/** All properties of `--query-gpu` that the simulator knows. */
const gpuFields: readonly GpuField[] = [
  ...identityFields,
  ...usageFields,
  ...sensorFields,
  ...healthFields,
];

const byName = new Map(
  gpuFields.flatMap((entry) =>
    [entry.name, ...entry.aliases].map((name) => [name, entry] as const),
  ),
);

/** The properties that a host's driver knows. */
export const gpuFieldsOf = ({ driverVersion }: Pick<Topology, 'driverVersion'>): GpuField[] => {
  const major = Number.parseInt(driverVersion, 10);
  return gpuFields.filter(({ drivers }) => major >= drivers.from && major < drivers.before);
};

/** The property of that name or alias, if the host's driver knows it. */
export const findGpuField = (
  name: string,
  topology: Pick<Topology, 'driverVersion'>,
): GpuField | undefined => {
  const found = byName.get(name);
  return found !== undefined && gpuFieldsOf(topology).includes(found) ? found : undefined;
};

/** The name in the head of the CSV: drivers of the first document type speak of throttling. */
const headName = (
  { name, aliases }: Pick<GpuField, 'name' | 'aliases'>,
  { driverVersion }: Pick<Topology, 'driverVersion'>,
): string =>
  generationOf(driverVersion).firstDocument
    ? (aliases.find((alias) => alias.startsWith('clocks_throttle_reasons.')) ?? name)
    : name;

/** The head's cell: the canonical name, with the unit in brackets. */
export const headCell = (
  entry: Pick<GpuField, 'name' | 'aliases' | 'unit'>,
  topology: Pick<Topology, 'driverVersion'>,
): string => {
  const name = headName(entry, topology);
  return entry.unit === null ? name : `${name} [${entry.unit}]`;
};

/** What is measured, and so fails first. */
const measured = /^(?:utilization|temperature|power\.draw|clocks\.current|pstate|fan)/u;

/** The cell of one GPU, with its unit if `units` says so. */
export const gpuCell = (entry: GpuField, context: FieldContext, units: boolean): string => {
  if (readsAsLost(context.device) && !entry.survivesLoss) return '[GPU is lost]';
  const { brokenFigures } = context.device.health;
  if (brokenFigures !== null && measured.test(entry.name)) return `[${brokenFigures}]`;
  const value = entry.value(context);
  if (value === null) return generationOf(context.topology.driverVersion).unknownCell;
  return units && entry.unit !== null ? `${value} ${entry.unit}` : String(value);
};

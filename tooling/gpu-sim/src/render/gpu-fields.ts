import { modelOf } from '../models.ts';
import type { SimulatedDevice, Topology } from '../topology.ts';
import { generationOf } from './generation.ts';
import { deviceMemory, memoryTemperature } from './memory.ts';
import type { Timestamps } from './timestamps.ts';

/** What a value may depend on. */
export interface FieldContext {
  readonly device: SimulatedDevice;
  readonly topology: Topology;
  readonly timestamps: Timestamps;
}

/** A property of `--query-gpu`. */
export interface GpuField {
  /** Name that the head of the CSV prints, whichever alias was asked. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Printed in the head in brackets and behind the value, unless `nounits`. */
  readonly unit: string | null;
  /** Null = the tool has no figure for this board or mode: `[N/A]`. */
  readonly value: (context: FieldContext) => string | number | null;
  /** Known also of a GPU that fell off the bus. */
  readonly survivesLoss: boolean;
}

type Value = GpuField['value'];

const field = (names: string, value: Value, unit: string | null = null): GpuField => {
  const [name = '', ...aliases] = names.split(' ');
  const survivesLoss = /^(?:timestamp|driver_version|count|index|pci\.)/u.test(name);
  return { name, aliases, unit, value, survivesLoss };
};

const constant =
  (value: string | number | null): Value =>
  () =>
    value;

const deprecatedSince580 =
  (before: string): Value =>
  ({ topology }) =>
    generationOf(topology.driverVersion).dropsLegacyFields
      ? '[Requested functionality has been deprecated]'
      : before;

const partitioned = ({ device }: FieldContext): boolean => device.migMode === 'enabled';
const model = ({ device }: FieldContext) => modelOf(device.model);
const watts = (value: number): string => value.toFixed(2);

const migMode: Value = ({ device }) =>
  device.migMode === 'unsupported' ? null : device.migMode === 'enabled' ? 'Enabled' : 'Disabled';

const utilization =
  (pick: (used: NonNullable<SimulatedDevice['utilization']>) => number): Value =>
  (context) =>
    partitioned(context) || context.device.utilization === null
      ? null
      : pick(context.device.utilization);

const rows =
  (pick: (rows: SimulatedDevice['health']['remappedRows']) => string | number): Value =>
  (context) =>
    partitioned(context) ? null : pick(context.device.health.remappedRows);

const yesNo = (value: boolean): string => (value ? 'Yes' : 'No');

const eccFields = ['corrected', 'uncorrected'].flatMap((kind) =>
  ['volatile', 'aggregate'].flatMap((period) =>
    ['device_memory', 'dram', 'sram', 'total']
      .map((place) => field(`ecc.errors.${kind}.${period}.${place}`, constant(0)))
      .concat(
        ['register_file', 'l1_cache', 'l2_cache', 'texture_memory', 'cbu'].map((place) =>
          field(`ecc.errors.${kind}.${period}.${place}`, constant(null)),
        ),
      ),
  ),
);

const reasonFields = [
  'gpu_idle',
  'applications_clocks_setting',
  'sw_power_cap',
  'hw_slowdown',
  'hw_thermal_slowdown',
  'hw_power_brake_slowdown',
  'sw_thermal_slowdown',
  'sync_boost',
].map((reason) =>
  field(
    `clocks_event_reasons.${reason} clocks_throttle_reasons.${reason}`,
    constant(reason === 'gpu_idle' ? 'Active' : 'Not Active'),
  ),
);

const identityFields: readonly GpuField[] = [
  field('timestamp', ({ timestamps }) => timestamps.csv),
  field('driver_version', ({ topology }) => topology.driverVersion),
  field('count', ({ topology }) => topology.devices.length),
  field('name gpu_name', ({ device }) => device.model),
  field('serial gpu_serial', ({ device }) => device.serial),
  field('uuid gpu_uuid', ({ device }) => device.uuid),
  field('pci.bus_id gpu_bus_id', ({ device }) => device.pciBusId),
  field('pci.domain', constant('0x0000')),
  field('pci.bus', ({ device }) => `0x${device.pciBusId.slice(9, 11)}`),
  field('pci.device', ({ device }) => `0x${device.pciBusId.slice(12, 14)}`),
  field('pci.device_id', (context) => `0x${model(context).pciDeviceId}`),
  field('pci.sub_device_id', (context) => `0x${model(context).pciSubsystemId}`),
  field('pcie.link.gen.current', (context) => model(context).pcieGeneration),
  field('pcie.link.gen.max', (context) => model(context).pcieGeneration),
  field('pcie.link.width.current', constant(16)),
  field('pcie.link.width.max', constant(16)),
  field('index', ({ device }) => device.index),
  field('display_mode', deprecatedSince580('Enabled')),
  field('display_active', constant('Disabled')),
  field('persistence_mode', constant('Enabled')),
  field('addressing_mode', constant('None')),
  field('accounting.mode', constant('Disabled')),
  field('accounting.buffer_size', constant(4000)),
  field('driver_model.current', constant(null)),
  field('driver_model.pending', constant(null)),
  field('vbios_version', (context) => model(context).vbiosVersion),
  field('gom.current gpu_operation_mode.current', constant(null)),
  field('gom.pending gpu_operation_mode.pending', constant(null)),
  field('compute_mode', constant('Default')),
  field('compute_cap', (context) => model(context).computeCapability),
  field('mig.mode.current', migMode),
  field('mig.mode.pending', migMode),
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

const sensorFields: readonly GpuField[] = [
  field('fan.speed', constant(null), '%'),
  field('pstate', constant('P0')),
  field('temperature.gpu', ({ device }) => device.temperatureC),
  field('temperature.memory', ({ device }) => memoryTemperature(device) ?? 'N/A'),
  field('power.management', deprecatedSince580('Supported')),
  field('power.draw', ({ device }) => watts(device.powerDrawW), 'W'),
  field('power.draw.average', ({ device }) => watts(device.powerDrawW), 'W'),
  field('power.draw.instant', ({ device }) => watts(device.powerDrawW), 'W'),
  field('power.limit', (context) => watts(model(context).powerLimitW), 'W'),
  field('enforced.power.limit', (context) => watts(model(context).powerLimitW), 'W'),
  field('power.default_limit', (context) => watts(model(context).powerLimitW), 'W'),
  field('power.min_limit', (context) => watts(model(context).minPowerLimitW), 'W'),
  field('power.max_limit', (context) => watts(model(context).powerLimitW), 'W'),
  field('clocks.current.graphics clocks.gr', constant(210), 'MHz'),
  field('clocks.current.sm clocks.sm', constant(210), 'MHz'),
  field('clocks.current.memory clocks.mem', (c) => model(c).maxMemoryClockMHz, 'MHz'),
  field('clocks.current.video clocks.video', constant(585), 'MHz'),
  field('clocks.max.graphics clocks.max.gr', (c) => model(c).maxGraphicsClockMHz, 'MHz'),
  field('clocks.max.sm', (c) => model(c).maxGraphicsClockMHz, 'MHz'),
  field('clocks.max.memory clocks.max.mem', (c) => model(c).maxMemoryClockMHz, 'MHz'),
  field(
    'clocks_event_reasons.active clocks_throttle_reasons.active',
    constant('0x0000000000000001'),
  ),
];

const healthFields: readonly GpuField[] = [
  field('ecc.mode.current', constant('Enabled')),
  field('ecc.mode.pending', constant('Enabled')),
  field('retired_pages.single_bit_ecc.count retired_pages.sbe', constant(null)),
  field('retired_pages.double_bit.count retired_pages.dbe', constant(null)),
  field('retired_pages.pending', constant(null)),
  field(
    'remapped_rows.correctable remapped_rows.sbe',
    rows(({ correctable }) => correctable),
  ),
  field(
    'remapped_rows.uncorrectable remapped_rows.dbe',
    rows(({ uncorrectable }) => uncorrectable),
  ),
  field(
    'remapped_rows.pending',
    rows(({ pending }) => yesNo(pending)),
  ),
  field(
    'remapped_rows.failure',
    rows(({ failure }) => yesNo(failure)),
  ),
  field('remapped_rows.histogram.max', (context) => model(context).remapBanks),
];

/** All properties of `--query-gpu` that the simulator knows. */
export const gpuFields: readonly GpuField[] = [
  ...identityFields,
  ...usageFields,
  ...sensorFields,
  ...reasonFields,
  ...healthFields,
  ...eccFields,
];

const byName = new Map(
  gpuFields.flatMap((entry) =>
    [entry.name, ...entry.aliases].map((name) => [name, entry] as const),
  ),
);

/** The property of that name or alias. */
export const findGpuField = (name: string): GpuField | undefined => byName.get(name);

/** The head's cell: the canonical name, with the unit in brackets. */
export const headCell = ({ name, unit }: Pick<GpuField, 'name' | 'unit'>): string =>
  unit === null ? name : `${name} [${unit}]`;

/** The cell of one GPU, with its unit if `units` says so. */
export const gpuCell = (entry: GpuField, context: FieldContext, units: boolean): string => {
  if (context.device.health.lost && !entry.survivesLoss) return '[GPU is lost]';
  const value = entry.value(context);
  if (value === null) return '[N/A]';
  return units && entry.unit !== null ? `${value} ${entry.unit}` : String(value);
};

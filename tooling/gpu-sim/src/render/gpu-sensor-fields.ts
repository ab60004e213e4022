import { boardOf, constant, deprecatedSince580, field, type GpuField } from './gpu-field.ts';
import { memoryTemperature } from './memory.ts';

const watts = (value: number): string => value.toFixed(2);

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

/** Fans, temperatures, power and clocks, and why the clocks are what they are. */
export const sensorFields: readonly GpuField[] = [
  ...reasonFields,
  field('fan.speed', constant(null), '%'),
  field('pstate', constant('P0')),
  field('temperature.gpu', ({ device }) => device.temperatureC),
  field('temperature.memory', ({ device }) => memoryTemperature(device) ?? 'N/A'),
  field('power.management', deprecatedSince580('Supported')),
  field('power.draw', ({ device }) => watts(device.powerDrawW), 'W'),
  field('power.draw.average', ({ device }) => watts(device.powerDrawW), 'W'),
  field('power.draw.instant', ({ device }) => watts(device.powerDrawW), 'W'),
  field('power.limit', (context) => watts(boardOf(context).powerLimitW), 'W'),
  field('enforced.power.limit', (context) => watts(boardOf(context).powerLimitW), 'W'),
  field('power.default_limit', (context) => watts(boardOf(context).powerLimitW), 'W'),
  field('power.min_limit', (context) => watts(boardOf(context).minPowerLimitW), 'W'),
  field('power.max_limit', (context) => watts(boardOf(context).powerLimitW), 'W'),
  field('clocks.current.graphics clocks.gr', constant(210), 'MHz'),
  field('clocks.current.sm clocks.sm', constant(210), 'MHz'),
  field('clocks.current.memory clocks.mem', (c) => boardOf(c).maxMemoryClockMHz, 'MHz'),
  field('clocks.current.video clocks.video', constant(585), 'MHz'),
  field('clocks.max.graphics clocks.max.gr', (c) => boardOf(c).maxGraphicsClockMHz, 'MHz'),
  field('clocks.max.sm', (c) => boardOf(c).maxGraphicsClockMHz, 'MHz'),
  field('clocks.max.memory clocks.max.mem', (c) => boardOf(c).maxMemoryClockMHz, 'MHz'),
  field(
    'clocks_event_reasons.active clocks_throttle_reasons.active',
    constant('0x0000000000000001'),
  ),
];

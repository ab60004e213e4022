import { modelOf } from '../models.ts';
import type { SimulatedDevice } from '../topology.ts';
import type { Generation } from './generation.ts';
import { memoryTemperature } from './memory.ts';
import { same, type XmlNode } from './xml-node.ts';

const notAvailable = 'N/A';

const watts = (value: number): string => `${value.toFixed(2)} W`;

const powerNode = (device: SimulatedDevice, generation: Generation): XmlNode => {
  const model = modelOf(device.model);
  const draw = watts(device.powerDrawW);
  const limit = watts(model.powerLimitW);
  const least: XmlNode = ['min_power_limit', watts(model.minPowerLimitW)];
  if (generation.firstDocument) {
    return [
      'power_readings',
      [
        ['power_state', 'P0'],
        ['power_management', 'Supported'],
        ['power_draw', draw],
        ...same(limit, 'power_limit', 'default_power_limit', 'enforced_power_limit'),
        least,
        ['max_power_limit', limit],
      ],
    ];
  }
  return [
    'gpu_power_readings',
    [
      ['power_state', 'P0'],
      ...(generation.splitPower
        ? same(draw, 'average_power_draw', 'instant_power_draw')
        : same(draw, 'power_draw')),
      ...same(limit, 'current_power_limit', 'requested_power_limit', 'default_power_limit'),
      least,
      ['max_power_limit', limit],
    ],
  ];
};

const reasons = [
  'applications_clocks_setting',
  'sw_power_cap',
  'hw_slowdown',
  'hw_thermal_slowdown',
  'hw_power_brake_slowdown',
  'sync_boost',
  'sw_thermal_slowdown',
  'display_clocks_setting',
];

/** Why the clocks are what they are; the first document type speaks of throttling. */
export const clockReasonNodes = ({ firstDocument }: Generation): XmlNode[] => {
  const word = firstDocument ? 'throttle' : 'event';
  return [
    [
      `clocks_${word}_reasons`,
      [
        [`clocks_${word}_reason_gpu_idle`, 'Active'],
        ...same('Not Active', ...reasons.map((reason) => `clocks_${word}_reason_${reason}`)),
      ],
    ],
  ];
};

/** Temperature, power and clocks. */
export const sensorNodes = (device: SimulatedDevice, generation: Generation): XmlNode[] => {
  const model = modelOf(device.model);
  const memoryC = memoryTemperature(device);
  return [
    [
      'temperature',
      [
        ['gpu_temp', `${device.temperatureC} C`],
        ...(generation.firstDocument ? [] : same(notAvailable, 'gpu_temp_tlimit')),
        ['gpu_temp_max_threshold', '92 C'],
        ['gpu_temp_slow_threshold', '89 C'],
        ['gpu_temp_max_gpu_threshold', '85 C'],
        ['gpu_target_temperature', notAvailable],
        ['memory_temp', memoryC === null ? notAvailable : `${memoryC} C`],
        ['gpu_temp_max_mem_threshold', notAvailable],
      ],
    ],
    powerNode(device, generation),
    [
      'clocks',
      [
        ...same('210 MHz', 'graphics_clock', 'sm_clock'),
        ['mem_clock', `${model.maxMemoryClockMHz} MHz`],
        ['video_clock', '585 MHz'],
      ],
    ],
    [
      'max_clocks',
      [
        ...same(`${model.maxGraphicsClockMHz} MHz`, 'graphics_clock', 'sm_clock'),
        ['mem_clock', `${model.maxMemoryClockMHz} MHz`],
        ['video_clock', '1290 MHz'],
      ],
    ],
  ];
};

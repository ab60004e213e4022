import { modelOf } from '../models.ts';
import type { SimulatedDevice, SimulatedMigInstance, Topology } from '../topology.ts';
import type { Generation } from './generation.ts';
import {
  deviceMemory,
  instanceBar1MiB,
  instanceMemory,
  memoryTemperature,
  profileOf,
} from './memory.ts';
import { same, type XmlNode } from './xml-node.ts';

const modeWord = { enabled: 'Enabled', disabled: 'Disabled', unsupported: 'N/A' } as const;
const notAvailable = 'N/A';

const memoryNodes = (memory: ReturnType<typeof deviceMemory>): XmlNode[] => [
  ['total', `${memory.totalMiB} MiB`],
  ['reserved', `${memory.reservedMiB} MiB`],
  ['used', `${memory.usedMiB} MiB`],
  ['free', `${memory.freeMiB} MiB`],
];

const bar1Nodes = (totalMiB: number, usedMiB: number): XmlNode[] => [
  ['total', `${totalMiB} MiB`],
  ['used', `${usedMiB} MiB`],
  ['free', `${totalMiB - usedMiB} MiB`],
];

/** One `<mig_device>`. The tool prints no UUID here: that is only in `-L`. */
const migDeviceNode = (
  device: SimulatedDevice,
  instance: SimulatedMigInstance,
  index: number,
): XmlNode => {
  const profile = profileOf(device, instance);
  return [
    'mig_device',
    [
      ['index', index],
      ['gpu_instance_id', instance.gpuInstanceId],
      ['compute_instance_id', instance.computeInstanceId],
      [
        'device_attributes',
        [
          [
            'shared',
            [
              ['multiprocessor_count', profile.multiprocessors],
              ['copy_engine_count', profile.copyEngines],
              ['encoder_count', 0],
              ['decoder_count', profile.decoders],
              ['ofa_count', profile.opticalFlowEngines],
              ['jpg_count', profile.jpegEngines],
            ],
          ],
        ],
      ],
      ['ecc_error_count', [['volatile_count', [['sram_uncorrectable', 0]]]]],
      ['fb_memory_usage', memoryNodes(instanceMemory(device, instance))],
      ['bar1_memory_usage', bar1Nodes(instanceBar1MiB(device, instance), 0)],
    ],
  ];
};

/** Identity of a GPU: names, modes, ids, versions. */
export const identityNodes = (device: SimulatedDevice, topology: Topology): XmlNode[] => {
  const model = modelOf(device.model);
  const mode = modeWord[device.migMode];
  return [
    ['product_name', device.model],
    ['product_brand', model.brand],
    ['product_architecture', model.architecture],
    ['display_mode', 'Enabled'],
    ['display_active', 'Disabled'],
    ['persistence_mode', 'Enabled'],
    ['addressing_mode', 'None'],
    ['mig_mode', same(mode, 'current_mig', 'pending_mig')],
    [
      'mig_devices',
      device.migInstances.length === 0
        ? 'None'
        : device.migInstances.map((instance, index) => migDeviceNode(device, instance, index)),
    ],
    ['accounting_mode', 'Disabled'],
    ['accounting_mode_buffer_size', 4000],
    ['driver_model', same(notAvailable, 'current_dm', 'pending_dm')],
    ['serial', device.serial],
    ['uuid', device.uuid],
    ['minor_number', device.index],
    ['vbios_version', model.vbiosVersion],
    ['multigpu_board', 'No'],
    ['board_id', `0x${device.pciBusId.slice(9, 11).toLowerCase()}00`],
    ['gpu_module_id', device.index + 1],
    ['gpu_operation_mode', same(notAvailable, 'current_gom', 'pending_gom')],
    ['gsp_firmware_version', topology.driverVersion],
    [
      'gpu_virtualization_mode',
      [
        ['virtualization_mode', 'None'],
        ['host_vgpu_mode', notAvailable],
      ],
    ],
    ['gpu_reset_status', same('No', 'reset_required', 'drain_and_reset_recommended')],
  ];
};

/** Where a GPU sits on the PCI bus, and its link. */
export const pciNode = (device: SimulatedDevice): XmlNode => {
  const model = modelOf(device.model);
  const [, bus = '', slot = ''] = device.pciBusId.split(':');
  const generation = model.pcieGeneration;
  return [
    'pci',
    [
      ['pci_bus', bus],
      ['pci_device', slot.slice(0, 2)],
      ['pci_domain', '0000'],
      ['pci_device_id', model.pciDeviceId],
      ['pci_bus_id', device.pciBusId],
      ['pci_sub_system_id', model.pciSubsystemId],
      [
        'pci_gpu_link_info',
        [
          [
            'pcie_gen',
            same(generation, 'max_link_gen', 'current_link_gen', 'device_current_link_gen'),
          ],
          ['link_widths', same('16x', 'max_link_width', 'current_link_width')],
        ],
      ],
      ...same(0, 'replay_counter', 'replay_rollover_counter'),
      ...same('0 KB/s', 'tx_util', 'rx_util'),
    ],
  ];
};

/** Memory, utilisation and who uses it. Under MIG the utilisation is unknown (`N/A`). */
export const usageNodes = (device: SimulatedDevice): XmlNode[] => {
  const model = modelOf(device.model);
  const utilization = device.migMode === 'enabled' ? null : device.utilization;
  const percent = (value: number | undefined): string =>
    value === undefined ? notAvailable : `${value} %`;
  const idle = utilization === null ? notAvailable : '0 %';
  return [
    ['fb_memory_usage', memoryNodes(deviceMemory(device))],
    ['bar1_memory_usage', bar1Nodes(model.bar1MiB, 1)],
    ['cc_protected_memory_usage', same('0 MiB', 'total', 'used', 'free')],
    ['compute_mode', 'Default'],
    [
      'utilization',
      [
        ['gpu_util', percent(utilization?.gpuPercent)],
        ['memory_util', percent(utilization?.memoryPercent)],
        ...same(idle, 'encoder_util', 'decoder_util', 'jpeg_util', 'ofa_util'),
      ],
    ],
    ['encoder_stats', same(0, 'session_count', 'average_fps', 'average_latency')],
    ['fbc_stats', same(0, 'session_count', 'average_fps', 'average_latency')],
  ];
};

const yesNo = (value: boolean): string => (value ? 'Yes' : 'No');

/** Error counters. Remapped rows of a GPU in MIG mode are unknown. */
export const healthNodes = (device: SimulatedDevice): XmlNode[] => {
  const { remappedRows } = device.health;
  const sram = ['sram_correctable', 'sram_uncorrectable'];
  const dram = ['dram_correctable', 'dram_uncorrectable'];
  return [
    ['ecc_mode', same('Enabled', 'current_ecc', 'pending_ecc')],
    [
      'ecc_errors',
      [
        ['volatile', same(0, ...sram, ...dram)],
        ['aggregate', same(0, ...sram, ...dram)],
      ],
    ],
    [
      'retired_pages',
      [
        ['multiple_single_bit_retirement', same(notAvailable, 'retired_count', 'retired_pagelist')],
        ['double_bit_retirement', same(notAvailable, 'retired_count', 'retired_pagelist')],
        ...same(notAvailable, 'pending_blacklist', 'pending_retirement'),
      ],
    ],
    [
      'remapped_rows',
      device.migMode === 'enabled'
        ? notAvailable
        : [
            ['remapped_row_corr', remappedRows.correctable],
            ['remapped_row_unc', remappedRows.uncorrectable],
            ['remapped_row_pending', yesNo(remappedRows.pending)],
            ['remapped_row_failure', yesNo(remappedRows.failure)],
            [
              'row_remapper_histogram',
              [
                ['row_remapper_histogram_max', `${modelOf(device.model).remapBanks} bank(s)`],
                ...same(
                  '0 bank(s)',
                  'row_remapper_histogram_high',
                  'row_remapper_histogram_partial',
                  'row_remapper_histogram_low',
                  'row_remapper_histogram_none',
                ),
              ],
            ],
          ],
    ],
  ];
};

const watts = (value: number): string => `${value.toFixed(2)} W`;

/** Temperature, power and clocks. */
export const sensorNodes = (device: SimulatedDevice, generation: Generation): XmlNode[] => {
  const model = modelOf(device.model);
  const draw = watts(device.powerDrawW);
  const memoryC = memoryTemperature(device);
  return [
    [
      'temperature',
      [
        ['gpu_temp', `${device.temperatureC} C`],
        ['gpu_temp_tlimit', notAvailable],
        ['gpu_temp_max_threshold', '92 C'],
        ['gpu_temp_slow_threshold', '89 C'],
        ['gpu_temp_max_gpu_threshold', '85 C'],
        ['gpu_target_temperature', notAvailable],
        ['memory_temp', memoryC === null ? notAvailable : `${memoryC} C`],
        ['gpu_temp_max_mem_threshold', notAvailable],
      ],
    ],
    [
      'gpu_power_readings',
      [
        ['power_state', 'P0'],
        ...(generation.splitPower
          ? same(draw, 'average_power_draw', 'instant_power_draw')
          : same(draw, 'power_draw')),
        ...same(
          watts(model.powerLimitW),
          'current_power_limit',
          'requested_power_limit',
          'default_power_limit',
        ),
        ['min_power_limit', watts(model.minPowerLimitW)],
        ['max_power_limit', watts(model.powerLimitW)],
      ],
    ],
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

/** Processes with a context on the GPU, and the list of accounted ones, which is always empty. */
export const processNodes = (device: SimulatedDevice): XmlNode[] => [
  [
    'processes',
    device.processes.map((process) => [
      'process_info',
      [
        ['gpu_instance_id', process.gpuInstanceId ?? notAvailable],
        ['compute_instance_id', process.computeInstanceId ?? notAvailable],
        ['pid', process.pid],
        ['type', process.type],
        ['process_name', process.name],
        ['used_memory', `${process.usedMemoryMiB} MiB`],
      ],
    ]),
  ],
  ['accounted_processes', []],
];

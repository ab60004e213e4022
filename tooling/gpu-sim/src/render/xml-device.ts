import { modelOf } from '../models.ts';
import type { SimulatedDevice, SimulatedMigInstance, Topology } from '../topology.ts';
import { computeProfileOf } from '../mig/compute-profiles.ts';
import { migDevicesOf } from '../mig/instances.ts';
import { generationOf, type Generation } from './generation.ts';
import { deviceMemory, instanceBar1MiB, instanceMemory, profileOf } from './memory.ts';
import { productName } from './product-name.ts';
import { same, type XmlNode } from './xml-node.ts';

const modeWord = { enabled: 'Enabled', disabled: 'Disabled', unsupported: 'N/A' } as const;
const notAvailable = 'N/A';
const deprecated = 'Requested functionality has been deprecated';

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
      ['compute_instance_id', instance.computeInstanceId ?? 0],
      [
        'device_attributes',
        [
          [
            'shared',
            [
              [
                'multiprocessor_count',
                computeProfileOf(device, instance)?.multiprocessors ?? profile.multiprocessors,
              ],
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

const yesNo = (value: boolean): string => (value ? 'Yes' : 'No');

const recoveryNodes = (
  { health: { recoveryAction } }: SimulatedDevice,
  generation: Generation,
): XmlNode[] => {
  const nodes: XmlNode[] = [];
  if (generation.resetStatus === 'deprecated') {
    nodes.push([
      'gpu_reset_status',
      same(deprecated, 'reset_required', 'drain_and_reset_recommended'),
    ]);
  }
  if (generation.resetStatus === 'plain') {
    const drain = recoveryAction.startsWith('Drain');
    nodes.push([
      'gpu_reset_status',
      [
        ['reset_required', yesNo(recoveryAction !== 'None' && !drain)],
        ['drain_and_reset_recommended', yesNo(drain)],
      ],
    ]);
  }
  if (generation.recoveryAction) nodes.push(['gpu_recovery_action', recoveryAction]);
  return nodes;
};

/** Identity of a GPU: names, modes, ids, versions. */
export const identityNodes = (device: SimulatedDevice, topology: Topology): XmlNode[] => {
  const model = modelOf(device.model);
  const generation = generationOf(topology.driverVersion);
  const instances = migDevicesOf(device);
  return [
    ['product_name', productName(device, topology)],
    ['product_brand', model.brand],
    ['product_architecture', model.architecture],
    ['display_mode', generation.dropsLegacyFields ? deprecated : 'Enabled'],
    ...(generation.dropsLegacyFields ? same('Yes', 'display_attached') : []),
    ['display_active', 'Disabled'],
    ['persistence_mode', 'Enabled'],
    ...(generation.firstDocument ? [] : same('None', 'addressing_mode')),
    [
      'mig_mode',
      [
        ['current_mig', modeWord[device.migMode]],
        ['pending_mig', modeWord[device.migModePending]],
      ],
    ],
    [
      'mig_devices',
      instances.length === 0
        ? 'None'
        : instances.map((instance, index) => migDeviceNode(device, instance, index)),
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
    [
      'gpu_virtualization_mode',
      [
        ['virtualization_mode', 'None'],
        ['host_vgpu_mode', notAvailable],
      ],
    ],
    ...recoveryNodes(device, generation),
    ['gsp_firmware_version', topology.driverVersion],
  ];
};

/** Where a GPU sits on the PCI bus, and its link. */
export const pciNode = (device: SimulatedDevice, generation: Generation): XmlNode => {
  const model = modelOf(device.model);
  const [, bus = '', slot = ''] = device.pciBusId.split(':');
  const { pcieGeneration } = model;
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
            same(
              pcieGeneration,
              'max_link_gen',
              'current_link_gen',
              ...(generation.firstDocument ? [] : ['device_current_link_gen']),
            ),
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
export const usageNodes = (device: SimulatedDevice, generation: Generation): XmlNode[] => {
  const model = modelOf(device.model);
  const utilization = device.migMode === 'enabled' ? null : device.utilization;
  const percent = (value: number | undefined): string =>
    value === undefined ? notAvailable : `${value} %`;
  const idle = utilization === null ? notAvailable : '0 %';
  return [
    ['fb_memory_usage', memoryNodes(deviceMemory(device))],
    ['bar1_memory_usage', bar1Nodes(model.bar1MiB, 1)],
    ...(generation.firstDocument
      ? []
      : [['cc_protected_memory_usage', same('0 MiB', 'total', 'used', 'free')] as const]),
    ['compute_mode', 'Default'],
    [
      'utilization',
      [
        ['gpu_util', percent(utilization?.gpuPercent)],
        ['memory_util', percent(utilization?.memoryPercent)],
        ...same(idle, 'encoder_util', 'decoder_util'),
        ...(generation.firstDocument ? [] : same(idle, 'jpeg_util', 'ofa_util')),
      ],
    ],
    ['encoder_stats', same(0, 'session_count', 'average_fps', 'average_latency')],
    ['fbc_stats', same(0, 'session_count', 'average_fps', 'average_latency')],
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

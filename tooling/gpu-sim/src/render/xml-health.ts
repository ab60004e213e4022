import { modelOf } from '../models.ts';
import type { SimulatedDevice } from '../topology.ts';
import type { Generation } from './generation.ts';
import { same, type XmlNode } from './xml-node.ts';

const notAvailable = 'N/A';
const yesNo = (value: boolean): string => (value ? 'Yes' : 'No');

/** Errors are counted in the memory chips; the caches have none here. */
const counterNodes = (
  corrected: number,
  uncorrected: number,
  { detailedEcc }: Generation,
): XmlNode[] => [
  ['sram_correctable', 0],
  ...(detailedEcc
    ? same(0, 'sram_uncorrectable_parity', 'sram_uncorrectable_secded')
    : same(0, 'sram_uncorrectable')),
  ['dram_correctable', corrected],
  ['dram_uncorrectable', uncorrected],
];

/** Error counters. Remapped rows of a GPU in MIG mode are unknown. */
export const healthNodes = (device: SimulatedDevice, generation: Generation): XmlNode[] => {
  const { remappedRows, ecc } = device.health;
  return [
    ['ecc_mode', same('Enabled', 'current_ecc', 'pending_ecc')],
    [
      'ecc_errors',
      [
        ['volatile', counterNodes(ecc.volatileCorrected, ecc.volatileUncorrected, generation)],
        [
          'aggregate',
          [
            ...counterNodes(ecc.aggregateCorrected, ecc.aggregateUncorrected, generation),
            ...(generation.detailedEcc ? same('No', 'sram_threshold_exceeded') : []),
          ],
        ],
        ...(generation.detailedEcc && generation.resetStatus === 'absent'
          ? same('No', 'channel_repair_pending', 'tpc_repair_pending', 'unrepairable_memory')
          : []),
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

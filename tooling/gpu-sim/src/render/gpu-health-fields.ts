import type { SimulatedDevice } from '../topology.ts';
import { generationOf } from './generation.ts';
import {
  between,
  boardOf,
  constant,
  deprecatedCell,
  field,
  partitioned,
  type GpuField,
  type Value,
} from './gpu-field.ts';

const rows =
  (pick: (rows: SimulatedDevice['health']['remappedRows']) => string | number): Value =>
  (context) =>
    partitioned(context) ? null : pick(context.device.health.remappedRows);

const yesNo = (value: boolean): string => (value ? 'Yes' : 'No');

const errorCount = (
  { health: { ecc } }: SimulatedDevice,
  kind: 'corrected' | 'uncorrected',
  period: 'volatile' | 'aggregate',
): number => {
  if (period === 'volatile') {
    return kind === 'corrected' ? ecc.volatileCorrected : ecc.volatileUncorrected;
  }
  return kind === 'corrected' ? ecc.aggregateCorrected : ecc.aggregateUncorrected;
};

const eccFields = (['corrected', 'uncorrected'] as const).flatMap((kind) =>
  (['volatile', 'aggregate'] as const).flatMap((period) =>
    ['device_memory', 'dram', 'sram', 'total']
      .map((place) =>
        field(`ecc.errors.${kind}.${period}.${place}`, ({ device }) =>
          place === 'sram' ? 0 : errorCount(device, kind, period),
        ),
      )
      .concat(
        ['register_file', 'l1_cache', 'l2_cache', 'texture_memory', 'cbu'].map((place) =>
          field(`ecc.errors.${kind}.${period}.${place}`, constant(null)),
        ),
      ),
  ),
);

const resetField = (name: string, wanted: (action: string) => boolean): GpuField =>
  between(
    field(name, ({ device, topology }) => {
      if (generationOf(topology.driverVersion).resetStatus === 'deprecated') return deprecatedCell;
      return yesNo(wanted(device.health.recoveryAction));
    }),
    530,
    580,
  );

const stateFields: readonly GpuField[] = [
  between(
    field('gpu_recovery_action', ({ device }) => device.health.recoveryAction),
    565,
  ),
  resetField('reset_status.reset_required', (action) => !/^(?:None|Drain.*)$/u.test(action)),
  resetField('reset_status.drain_and_reset_recommended', (action) => action.startsWith('Drain')),
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
  field('remapped_rows.histogram.max', (context) => boardOf(context).remapBanks),
];

/** Error counters and what the driver asks for because of them. */
export const healthFields: readonly GpuField[] = [...stateFields, ...eccFields];

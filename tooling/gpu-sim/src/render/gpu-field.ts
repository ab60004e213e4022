import { modelOf, type GpuModel } from '../models.ts';
import type { SimulatedDevice, Topology } from '../topology.ts';
import { generationOf } from './generation.ts';
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
  /** Drivers that know the property, by their first number: from this one, and before that one. */
  readonly drivers: { readonly from: number; readonly before: number };
}

/** What works out a property's value. */
export type Value = GpuField['value'];

/** A property: its name and aliases in one text, its value, its unit. */
export const field = (names: string, value: Value, unit: string | null = null): GpuField => {
  const [name = '', ...aliases] = names.split(' ');
  const survivesLoss = /^(?:timestamp|driver_version|count|index|pci\.)/u.test(name);
  return { name, aliases, unit, value, survivesLoss, drivers: { from: 0, before: Infinity } };
};

/** The property for drivers from one number on, and before another. */
export const between = (entry: GpuField, from: number, before = Infinity): GpuField => ({
  ...entry,
  drivers: { from, before },
});

/** The same value everywhere. */
export const constant =
  (value: string | number | null): Value =>
  () =>
    value;

/** What the tool prints for a property that it still knows but has no figure for any more. */
export const deprecatedCell = '[Requested functionality has been deprecated]';

/** Whether the GPU is in MIG mode, where many figures are unknown. */
export const partitioned = ({ device }: FieldContext): boolean => device.migMode === 'enabled';

/** The board. */
export const boardOf = ({ device }: FieldContext): GpuModel => modelOf(device.model);

/** A value that drivers since R580 no longer tell. */
export const deprecatedSince580 =
  (before: string): Value =>
  ({ topology }) =>
    generationOf(topology.driverVersion).dropsLegacyFields ? deprecatedCell : before;

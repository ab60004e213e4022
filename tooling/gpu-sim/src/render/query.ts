import type { Topology } from '../topology.ts';
import { exitCodes, success, type Answer } from './answer-types.ts';
import { appRows, appValue, findAppField, type AppField } from './app-fields.ts';
import type { GpuField } from './gpu-field.ts';
import { findGpuField, gpuCell, headCell } from './gpu-fields.ts';
import { eachDevice } from './lost.ts';
import type { Timestamps } from './timestamps.ts';

/** How CSV is printed: `--format=csv[,noheader][,nounits]`. */
export interface CsvFormat {
  readonly header: boolean;
  readonly units: boolean;
}

/** Reads the value of `--format=`; undefined if it isn't CSV or has an unknown word. */
export const parseCsvFormat = (value: string): CsvFormat | undefined => {
  const words = value.split(',').map((word) => word.trim());
  if (!words.includes('csv')) return undefined;
  if (words.some((word) => !['csv', 'noheader', 'nounits'].includes(word))) return undefined;
  return { header: !words.includes('noheader'), units: !words.includes('nounits') };
};

const unknownField = (name: string): Answer => ({
  stdout: `Field "${name}" is not a valid field to query.\n\n`,
  exitCode: exitCodes.invalidArgument,
});

const resolveFields = <Field>(
  list: string,
  find: (name: string) => Field | undefined,
): readonly Field[] | Answer => {
  const fields: Field[] = [];
  for (const name of list.split(',').map((word) => word.trim())) {
    const found = find(name);
    if (found === undefined) return unknownField(name);
    fields.push(found);
  }
  return fields;
};

const isAnswer = (value: readonly unknown[] | Answer): value is Answer => 'exitCode' in value;

/** `--query-gpu=`: a line a GPU. Unknown property: the real tool's sentence, code 2. */
export const renderGpuQuery = (
  topology: Topology,
  request: { readonly fields: string; readonly format: CsvFormat; readonly timestamps: Timestamps },
): Answer => {
  const fields = resolveFields<GpuField>(request.fields, (name) => findGpuField(name, topology));
  if (isAnswer(fields)) return fields;
  const head = request.format.header
    ? `${fields.map((entry) => headCell(entry, topology)).join(', ')}\n`
    : '';
  const { timestamps, format } = request;
  const rows = eachDevice(
    topology,
    (device) =>
      `${fields
        .map((entry) => gpuCell(entry, { device, topology, timestamps }, format.units))
        .join(', ')}\n`,
  );
  return { stdout: `${rows.ended ? '' : head}${rows.text}`, exitCode: rows.exitCode };
};

/** `--query-compute-apps=`: a line a compute process; under MIG too with the UUID of the GPU. */
export const renderComputeApps = (
  topology: Topology,
  request: { readonly fields: string; readonly format: CsvFormat; readonly timestamps: Timestamps },
): Answer => {
  const fields = resolveFields<AppField>(request.fields, findAppField);
  if (isAnswer(fields)) return fields;
  const lines = appRows(topology).map((row) =>
    fields
      .map((entry) => {
        const text = appValue(entry, row, request.timestamps);
        return request.format.units && entry.unit !== null ? `${text} ${entry.unit}` : text;
      })
      .join(', '),
  );
  if (request.format.header)
    lines.unshift(fields.map((entry) => headCell(entry, topology)).join(', '));
  return success(lines.map((line) => `${line}\n`).join(''));
};

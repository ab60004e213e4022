import type { SimulatedDevice, Topology } from '../topology.ts';
import { exitCodes, success, type Answer } from './answer-types.ts';
import { findGpuField, gpuCell, headCell, type GpuField } from './gpu-fields.ts';
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
  const fields = resolveFields<GpuField>(request.fields, findGpuField);
  if (isAnswer(fields)) return fields;
  const lines = topology.devices.map((device) =>
    fields
      .map((entry) =>
        gpuCell(entry, { device, topology, timestamps: request.timestamps }, request.format.units),
      )
      .join(', '),
  );
  if (request.format.header) lines.unshift(fields.map(headCell).join(', '));
  return success(lines.map((line) => `${line}\n`).join(''));
};

interface AppField {
  readonly name: string;
  readonly unit: string | null;
  readonly value: (
    device: SimulatedDevice,
    process: SimulatedDevice['processes'][number],
    timestamps: Timestamps,
  ) => string | number;
}

const appFields: Readonly<Record<string, AppField>> = {
  timestamp: { name: 'timestamp', unit: null, value: (_device, _process, { csv }) => csv },
  gpu_name: { name: 'gpu_name', unit: null, value: (device) => device.model },
  gpu_bus_id: { name: 'gpu_bus_id', unit: null, value: (device) => device.pciBusId },
  gpu_serial: { name: 'gpu_serial', unit: null, value: (device) => device.serial },
  gpu_uuid: { name: 'gpu_uuid', unit: null, value: (device) => device.uuid },
  pid: { name: 'pid', unit: null, value: (_device, process) => process.pid },
  process_name: { name: 'process_name', unit: null, value: (_device, process) => process.name },
  used_gpu_memory: {
    name: 'used_gpu_memory',
    unit: 'MiB',
    value: (_device, process) => process.usedMemoryMiB,
  },
};

const appAliases: Readonly<Record<string, string>> = {
  name: 'process_name',
  used_memory: 'used_gpu_memory',
};

const findAppField = (name: string): AppField | undefined => {
  const canonical = appAliases[name] ?? name;
  return Object.hasOwn(appFields, canonical) ? appFields[canonical] : undefined;
};

/** `--query-compute-apps=`: a line a compute process; under MIG too with the UUID of the GPU. */
export const renderComputeApps = (
  topology: Topology,
  request: { readonly fields: string; readonly format: CsvFormat; readonly timestamps: Timestamps },
): Answer => {
  const fields = resolveFields<AppField>(request.fields, findAppField);
  if (isAnswer(fields)) return fields;
  const lines = topology.devices
    .filter((device) => !device.health.lost)
    .flatMap((device) =>
      device.processes
        .filter((process) => process.type.startsWith('C'))
        .map((process) =>
          fields
            .map(({ value, unit }) => {
              const text = String(value(device, process, request.timestamps));
              return request.format.units && unit !== null ? `${text} ${unit}` : text;
            })
            .join(', '),
        ),
    );
  if (request.format.header) lines.unshift(fields.map(headCell).join(', '));
  return success(lines.map((line) => `${line}\n`).join(''));
};

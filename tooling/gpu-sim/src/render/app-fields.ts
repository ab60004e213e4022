import type { SimulatedDevice, Topology } from '../topology.ts';
import { productName } from './product-name.ts';
import type { Timestamps } from './timestamps.ts';

/** A compute process and the GPU on which it has a context. */
export interface AppRow {
  readonly topology: Topology;
  readonly device: SimulatedDevice;
  readonly process: SimulatedDevice['processes'][number];
}

/** A property of `--query-compute-apps`. */
export interface AppField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly unit: string | null;
  readonly value: (row: AppRow, timestamps: Timestamps) => string | number;
}

/** All properties of `--query-compute-apps`; there are no more. */
export const appFields: readonly AppField[] = [
  { name: 'timestamp', aliases: [], unit: null, value: (_row, { csv }) => csv },
  {
    name: 'gpu_name',
    aliases: [],
    unit: null,
    value: ({ device, topology }) => productName(device, topology),
  },
  { name: 'gpu_bus_id', aliases: [], unit: null, value: ({ device }) => device.pciBusId },
  { name: 'gpu_serial', aliases: [], unit: null, value: ({ device }) => device.serial },
  { name: 'gpu_uuid', aliases: [], unit: null, value: ({ device }) => device.uuid },
  { name: 'pid', aliases: [], unit: null, value: ({ process }) => process.pid },
  { name: 'process_name', aliases: ['name'], unit: null, value: ({ process }) => process.name },
  {
    name: 'used_gpu_memory',
    aliases: ['used_memory'],
    unit: 'MiB',
    value: ({ process }) => process.usedMemoryMiB,
  },
];

/** The property of that name or alias. */
export const findAppField = (name: string): AppField | undefined =>
  appFields.find((entry) => entry.name === name || entry.aliases.includes(name));

/** Compute processes of a host in the order of its GPUs; a lost GPU has none. */
export const appRows = (topology: Topology): AppRow[] =>
  topology.devices
    .filter((device) => !device.health.lost)
    .flatMap((device) =>
      device.processes
        .filter((process) => process.type.startsWith('C'))
        .map((process) => ({ topology, device, process })),
    );

/** A cell without its unit. Under MIG the UUID is the GPU's too, as in the real tool. */
export const appValue = (entry: AppField, row: AppRow, timestamps: Timestamps): string =>
  String(entry.value(row, timestamps));

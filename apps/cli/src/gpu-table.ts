import { localTime, table, type Cell, type Screen } from '@ds01/command-line';
import type { GpuStatusOutput } from '@ds01/contracts';
import { formatBytes } from '@ds01/contracts/core';
import { stateCell } from './describe.ts';

type Device = GpuStatusOutput['devices'][number];

/** GPUs and slots as a table, what is wrong with which below; `none` instead where there is no slot. */
export function gpuTable(status: GpuStatusOutput, screen: Screen, none = 'no GPUs'): string {
  const rows = status.devices.flatMap(rowsOf);
  const remarks = remarksOf(status);
  if (rows.length === 0) return [none, ...remarks].join('\n');
  const totals = status.totals;
  const summary =
    `${totals.free.toFixed(2)} of ${totals.gpuEquivalents.toFixed(2)} GPU equivalents free, ` +
    `${totals.leased.toFixed(2)} leased`;
  const columns = [
    { heading: 'SLOT' },
    { heading: 'MODEL', atLeast: 14, drop: 2 },
    { heading: 'PROFILE', drop: 1 },
    { heading: 'WEIGHT', drop: 3 },
    { heading: 'STATE' },
    { heading: 'LOAD', drop: 5 },
    { heading: 'MEMORY', drop: 4 },
    { heading: 'USER', atLeast: 12 },
    { heading: 'CONTAINER', atLeast: 12 },
  ];
  return [table({ columns, rows }, screen), summary, ...remarks].join('\n');
}

function rowsOf(device: Device): readonly (readonly Cell[])[] {
  const use = [loadText(device), memoryText(device)];
  if (device.slots.length === 0) {
    return [[String(device.index), device.model, '-', '-', 'no slots', ...use, '', '']];
  }
  return device.slots.map((slot) => [
    slot.slot,
    device.model,
    slot.profile ?? 'whole GPU',
    slot.gpuEquivalents.toFixed(2),
    slotStateCell(device, slot.state),
    // Of a MIG instance the driver tells neither.
    ...(slot.profile === null ? use : ['-', '-']),
    slot.user ?? '',
    slot.container ?? '',
  ]);
}

/** Slots are kept from everybody also while nobody knows how their GPU is. */
function slotStateCell({ health }: Device, state: Device['slots'][number]['state']): Cell {
  const isUnknown = state === 'unhealthy' && health === 'unknown';
  return isUnknown ? { text: 'unknown', style: 'yellow' } : stateCell(state);
}

function loadText({ utilization }: Device): string {
  return utilization === null ? '-' : `${utilization}%`;
}

function memoryText({ memoryUsedBytes, memoryBytes }: Device): string {
  if (memoryBytes === null) return '-';
  const used = memoryUsedBytes ?? null;
  return `${used === null ? '?' : formatBytes(used)}/${formatBytes(memoryBytes)}`;
}

function remarksOf(status: GpuStatusOutput): readonly string[] {
  const devices = status.devices.flatMap(({ index, health, healthReasons = [] }) =>
    health === 'healthy' ? [] : [`GPU ${index}: ${health}: ${healthReasons.join(' ')}`],
  );
  return [...devices, ...(status.notices ?? []), ...(status.reservations ?? []).map(reservedText)];
}

/** `reserved: GPU 0, 1:2 from 2026-11-23 08:00 until 2026-11-23 18:00 for alice`. */
function reservedText({
  slots,
  from,
  until,
  for: holder,
  own,
}: NonNullable<GpuStatusOutput['reservations']>[number]): string {
  const begin = from === null ? '' : ` from ${localTime(from)}`;
  const end = until === null ? '' : ` until ${localTime(until)}`;
  const name = own ? ' for you' : holder === null ? '' : ` for ${holder}`;
  return `reserved: GPU ${slots.join(', ')}${begin}${end}${name}`;
}

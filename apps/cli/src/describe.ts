import { columns } from '@ds01/command-line';
import type {
  ContainerLimits,
  ContainerSummary,
  ContainerView,
  GpuStatusOutput,
} from '@ds01/contracts';
import { formatBytes } from '@ds01/contracts/core';

/** Containers as a table. */
export function containerTable(
  containers: readonly ContainerSummary[],
  options: { readonly users: boolean },
): string {
  if (containers.length === 0) return 'no containers';
  return columns([
    ['NAME', ...(options.users ? ['USER'] : []), 'STATE', 'GPU', 'IMAGE', 'CREATED'],
    ...containers.map((container) => [
      container.name,
      ...(options.users ? [container.user ?? '-'] : []),
      container.state,
      container.slots.length === 0 ? '-' : container.slots.join(','),
      container.image,
      container.createdAt ?? '-',
    ]),
  ]);
}

/** GPUs and slots as a table. */
export function gpuTable(status: GpuStatusOutput): string {
  const rows = status.devices.flatMap((device) =>
    device.slots.length === 0
      ? [[String(device.index), device.model, '-', '-', 'no slots', '', '']]
      : device.slots.map((slot) => [
          slot.slot,
          device.model,
          slot.profile ?? 'whole GPU',
          slot.gpuEquivalents.toFixed(2),
          slot.state,
          slot.user ?? '',
          slot.container ?? '',
        ]),
  );
  const totals = status.totals;
  const summary =
    `${totals.free.toFixed(2)} of ${totals.gpuEquivalents.toFixed(2)} GPU equivalents free, ` +
    `${totals.leased.toFixed(2)} leased`;
  if (rows.length === 0) return 'no GPUs';
  const heading = ['SLOT', 'MODEL', 'PROFILE', 'WEIGHT', 'STATE', 'USER', 'CONTAINER'];
  return `${columns([heading, ...rows])}\n${summary}`;
}

/** A container's limits on one line. */
export function limitsLine(limits: ContainerLimits): string {
  const parts = [
    limits.cpus === null ? 'CPUs unlimited' : `${limits.cpus} CPU${limits.cpus === 1 ? '' : 's'}`,
    limits.memoryBytes === null ? 'memory unlimited' : `${formatBytes(limits.memoryBytes)} memory`,
    limits.pidsLimit === null ? 'processes unlimited' : `${limits.pidsLimit} processes`,
  ];
  return parts.join(', ');
}

/** A published port: where it is on the host, and inside. */
export function portText(port: ContainerView['engine']['ports'][number]): string {
  const { hostAddress, hostPort, containerPort, protocol } = port;
  const address = hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress;
  return `${address}:${hostPort ?? 'any'} -> ${containerPort}/${protocol}`;
}

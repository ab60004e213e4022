import { localTime, table, type Cell, type Screen, type Style } from '@ds01/command-line';
import type { ContainerLimits, ContainerSummary, ContainerView, SlotState } from '@ds01/contracts';
import { formatBytes } from '@ds01/contracts/core';
import { timeLeft } from './lifecycle/time-left.ts';

/** How states stand out; the others don't. */
const stateStyles: Readonly<Record<string, Style>> = {
  running: 'green',
  paused: 'yellow',
  stopped: 'dim',
  free: 'green',
  reserved: 'yellow',
  held: 'yellow',
  external: 'yellow',
  busy: 'yellow',
  lost: 'red',
  unhealthy: 'red',
};

/** A state of a container or a slot as a cell. */
export function stateCell(state: ContainerSummary['state'] | SlotState): Cell {
  const style = stateStyles[state];
  return style === undefined ? state : { text: state, style };
}

/** Containers as a table. */
export function containerTable(
  containers: readonly ContainerSummary[],
  options: { readonly users: boolean; readonly screen: Screen; readonly nowMs: number },
): string {
  if (containers.length === 0) return 'no containers';
  const { users, screen, nowMs } = options;
  const ends = containers.some(({ stopsAt }) => stopsAt !== null);
  return table(
    {
      columns: [
        { heading: 'NAME', atLeast: 16 },
        ...(users ? [{ heading: 'USER', atLeast: 12 }] : []),
        { heading: 'STATE' },
        { heading: 'GPU', atLeast: 12 },
        ...(ends ? [{ heading: 'ENDS' }] : []),
        { heading: 'IMAGE', atLeast: 16, drop: 1 },
        { heading: 'CREATED', drop: 2 },
      ],
      rows: containers.map((container) => [
        shownName(container),
        ...(users ? [container.user ?? '-'] : []),
        stateCell(container.state),
        container.slots.length === 0 ? '-' : container.slots.join(','),
        ...(ends ? [container.stopsAt === null ? '-' : timeLeft(container.stopsAt, nowMs)] : []),
        container.image,
        localTime(container.createdAt),
      ]),
    },
    screen,
  );
}

/** How a container was made that DS01 didn't make. */
const foreignMakers: Readonly<Record<string, string>> = {
  docker: 'docker',
  compose: 'compose',
  devcontainer: 'dev container',
};

/** A container's name; of one that DS01 didn't make Docker's, which is unique, and what it is. */
export function shownName(container: ContainerSummary): string {
  if (container.managed) return container.name;
  return `${container.dockerName} (${foreignMakers[container.interface] ?? 'older'})`;
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

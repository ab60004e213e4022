import { table, type Cell, type Screen } from '@ds01/command-line';
import type { ContainerUse, StatsOutput } from '@ds01/contracts';
import { formatBytes } from '@ds01/contracts/core';

/** From here on a share of a limit stands out. */
const highShare = 0.7;
const fullShare = 0.9;

/** What running containers use, a row each. */
export function statsTable({ containers }: StatsOutput, screen: Screen): string {
  if (containers.length === 0) return 'no running containers';
  return table(
    {
      columns: [
        { heading: 'NAME', atLeast: 12 },
        { heading: 'CPU' },
        { heading: 'MEMORY' },
        { heading: 'MEM', drop: 1 },
        { heading: 'PROCESSES', drop: 2 },
        { heading: 'GPU', atLeast: 8 },
        { heading: 'NETWORK IN/OUT', drop: 3 },
        { heading: 'DISK READ/WRITTEN', drop: 4 },
      ],
      rows: containers.map((container) => [
        container.name,
        cpuCell(container),
        pairOf(container.memoryBytes, container.memoryLimitBytes),
        memoryCell(container),
        processCell(container),
        container.gpus.length === 0 ? '-' : container.gpus.map(({ slot }) => slot).join(','),
        pairOf(container.networkReceivedBytes, container.networkSentBytes),
        pairOf(container.blockReadBytes, container.blockWrittenBytes),
      ]),
    },
    screen,
  );
}

/** What running containers do with their GPUs, a row for each slot. */
export function gpuStatsTable({ containers }: StatsOutput, screen: Screen): string {
  const rows = containers.flatMap(({ name, gpus }) => gpus.map((gpu) => ({ name, gpu })));
  if (rows.length === 0) return 'no running container has a GPU';
  return table(
    {
      columns: [
        { heading: 'NAME', atLeast: 12 },
        { heading: 'SLOT' },
        { heading: 'PROFILE', drop: 1 },
        { heading: 'MODEL', atLeast: 12, drop: 2 },
        { heading: 'IN USE' },
        { heading: 'GPU MEMORY' },
      ],
      rows: rows.map(({ name, gpu }) => [
        name,
        gpu.slot,
        gpu.profile ?? 'whole GPU',
        gpu.model ?? unknown,
        gpu.utilization === null ? unknown : `${gpu.utilization}%`,
        pairOf(gpu.memoryBytes, gpu.memoryTotalBytes),
      ]),
    },
    screen,
  );
}

const unknown = '?';

function cpuCell({ cpuPercent, cpusLimit }: ContainerUse): Cell {
  if (cpuPercent === null) return unknown;
  const text = `${cpuPercent.toFixed(1)}%`;
  return cpusLimit === null
    ? text
    : shareCell(`${text} of ${cpusLimit * 100}%`, cpuPercent / 100 / cpusLimit);
}

function memoryCell({ memoryBytes, memoryLimitBytes }: ContainerUse): Cell {
  if (memoryBytes === null || memoryLimitBytes === null) return unknown;
  const share = memoryBytes / memoryLimitBytes;
  return shareCell(`${(share * 100).toFixed(1)}%`, share);
}

function processCell({ pids, pidsLimit }: ContainerUse): Cell {
  if (pids === null) return unknown;
  return pidsLimit === null ? String(pids) : shareCell(`${pids} of ${pidsLimit}`, pids / pidsLimit);
}

function shareCell(text: string, share: number): Cell {
  if (share >= fullShare) return { text, style: 'red' };
  return share >= highShare ? { text, style: 'yellow' } : text;
}

function pairOf(left: number | null, right: number | null): string {
  const [first, second] = [left, right].map((bytes) =>
    bytes === null ? unknown : formatBytes(bytes),
  );
  return `${first ?? unknown} / ${second ?? unknown}`;
}

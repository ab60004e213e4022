import type { GpuLink } from '@ds01/contracts';
import { probeFailure } from './probe-failure.ts';

/** How two GPUs are connected, by index; `from` is the smaller one. */
export interface IndexLink extends Pick<GpuLink, 'kind' | 'nvlinkCount'> {
  readonly fromIndex: number;
  readonly toIndex: number;
}

/** The GPU part of `nvidia-smi topo -m`. */
export interface Topology {
  /** Each pair once. A pair is missing when the matrix says two different things about it. */
  readonly links: readonly IndexLink[];
  /** NUMA node by GPU index, for the GPUs that have exactly one. */
  readonly numaNodes: ReadonlyMap<number, number>;
}

// Terminal codes: the head line is underlined, whatever it is written to.
const ansiCode = /\u001b\[[0-9;]*m/gu;

const kinds: ReadonlyMap<string, GpuLink['kind']> = new Map([
  ['PIX', 'pix'],
  ['PXB', 'pxb'],
  ['PHB', 'phb'],
  ['NODE', 'node'],
  ['SYS', 'sys'],
  // What drivers before R384 called it.
  ['SOC', 'sys'],
]);

function gpuIndexOf(name: string | undefined): number | null {
  const match = /^GPU(\d+)$/u.exec(name ?? '');
  return match === null ? null : Number(match[1]);
}

function connectionOf(cell: string | undefined): Pick<GpuLink, 'kind' | 'nvlinkCount'> | null {
  const nvlinks = Number(/^NV(\d+)$/u.exec(cell ?? '')?.[1]);
  if (nvlinks > 0) return { kind: 'nvlink', nvlinkCount: nvlinks };
  const kind = kinds.get(cell ?? '');
  return kind === undefined ? null : { kind, nvlinkCount: 0 };
}

function cellsOf(line: string): string[] {
  return line.split('\t').map((cell) => cell.trim());
}

type Row = readonly [index: number, cells: readonly string[]];

function linksOf(columns: readonly string[], rows: readonly Row[]): readonly IndexLink[] {
  const cell = (from: number, to: number): string | undefined =>
    rows.find(([index]) => index === from)?.[1][columns.indexOf(`GPU${to}`)];
  const indexes = rows.map(([index]) => index);
  return indexes.flatMap((fromIndex) =>
    indexes.flatMap((toIndex) => {
      const connection = connectionOf(cell(fromIndex, toIndex));
      const agreed = cell(fromIndex, toIndex) === cell(toIndex, fromIndex);
      return fromIndex < toIndex && agreed && connection !== null
        ? [{ fromIndex, toIndex, ...connection }]
        : [];
    }),
  );
}

function numaNodesOf(columns: readonly string[], rows: readonly Row[]): Map<number, number> {
  const column = columns.indexOf('NUMA Affinity');
  return new Map(
    rows.flatMap(([index, cells]) => {
      const node = column < 0 ? undefined : cells[column];
      return node !== undefined && /^\d{1,4}$/u.test(node) ? [[index, Number(node)] as const] : [];
    }),
  );
}

/**
 * Reads the matrix of `nvidia-smi topo -m`; rows and columns of network cards are ignored. Throws
 * `gpu.probe-failed` when there is no matrix, no legend behind it, or its rows are not the GPUs of its
 * columns.
 */
export function parseTopology(output: string): Topology {
  const lines = output.replaceAll(ansiCode, '').split('\n');
  const headAt = lines.findIndex((line) => /^\s*GPU\d+\s*(?:\t|$)/u.test(line));
  const columns = cellsOf(lines[headAt] ?? '');
  const rows: Row[] = [];
  for (const line of lines.slice(headAt + 1)) {
    if (line.trim() === '') break;
    const cells = cellsOf(line);
    const index = gpuIndexOf(cells[0]);
    if (index !== null) rows.push([index, cells]);
  }
  const heads = columns.flatMap((name) => gpuIndexOf(name) ?? []);
  const complete =
    lines.some((line) => line.startsWith('Legend:')) &&
    rows.length > 0 &&
    heads.join() === rows.map(([index]) => index).join();
  if (headAt < 0 || !complete || new Set(heads).size < heads.length) {
    throw probeFailure('The matrix of nvidia-smi topo -m is missing or incomplete.');
  }
  return { links: linksOf(columns, rows), numaNodes: numaNodesOf(columns, rows) };
}

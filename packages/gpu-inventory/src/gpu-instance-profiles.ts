import { parseMigProfile } from '@ds01/contracts';
import { probeFailure } from './probe-failure.ts';

interface ProfileRow {
  readonly gpuIndex: number;
  readonly slices: number;
  /** How many of it fit on the GPU. */
  readonly total: number;
}

const row = /^\|\s*(\d{1,4})\s+MIG\s+(\S+)\s+\d+\s+(\d{1,3})\/(\d{1,3})\s.*\|$/u;

function readRow(line: string): ProfileRow {
  const match = row.exec(line);
  const profile = parseMigProfile(match?.[2] ?? '');
  const [free, total] = [Number(match?.[3]), Number(match?.[4])];
  if (match === null || profile === undefined || free > total) {
    throw probeFailure('nvidia-smi mig -lgip printed something that is not understood.', {
      line: line.slice(0, 200),
    });
  }
  return { gpuIndex: Number(match[1]), slices: profile.gpuInstanceSlices, total };
}

/**
 * Reads how many compute slices MIG divides each GPU into, by index, from the table of `nvidia-smi
 * mig -lgip`: those of the one profile that covers the whole GPU. A GPU whose profiles contradict
 * that is left out. No GPU with MIG is an empty result. Throws `gpu.probe-failed` for anything that
 * is not a whole table.
 */
export function parseComputeSlices(output: string): ReadonlyMap<number, number> {
  const text = output.trim();
  if (/^No MIG-(?:supported|enabled) devices found\.?$/u.test(text)) return new Map();
  const lines = text.split('\n').map((line) => line.trimEnd());
  const isWhole =
    lines[1]?.includes('GPU instance profiles:') === true && /^\+-+\+$/u.test(lines.at(-1) ?? '');
  if (!isWhole) throw probeFailure('The table of nvidia-smi mig -lgip is incomplete.');
  const rows = lines.filter((line) => line.includes('MIG ')).map(readRow);
  const slices = new Map<number, number>();
  for (const gpuIndex of new Set(rows.map((entry) => entry.gpuIndex))) {
    const own = rows.filter((entry) => entry.gpuIndex === gpuIndex);
    const most = Math.max(...own.map((entry) => entry.slices));
    const isOne = own.some((entry) => entry.slices === most && entry.total === 1);
    if (isOne && own.every((entry) => entry.slices * entry.total <= most)) {
      slices.set(gpuIndex, most);
    }
  }
  return slices;
}

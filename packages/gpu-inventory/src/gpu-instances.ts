import { probeFailure } from './probe-failure.ts';

/** A row of `nvidia-smi mig -lgi`. */
export interface GpuInstanceRow {
  readonly gpuIndex: number;
  /** Without the leading `MIG `. */
  readonly profile: string;
  readonly profileId: number;
  readonly gpuInstanceId: number;
  /** Memory slices that the GPU instance covers. */
  readonly placement: { readonly start: number; readonly size: number };
}

const row = /^\|\s*(\d+)\s+MIG\s+(\S+)\s+(\d+)\s+(\d+)\s+(\d+):(\d+)\s*\|$/u;
const frame = /^(?:\+-+\+|\|=+\|)$/u;
const head = /^\|\s*(?:GPU instances:|GPU\s+Name\s|ID\s+ID\s)/u;

/**
 * Reads the table of `nvidia-smi mig -lgi`. No GPU instances, and no GPU with MIG enabled, are an
 * empty result. Throws `gpu.probe-failed` for anything that is not a whole table, and for a GPU
 * instance that occurs twice.
 */
export function parseGpuInstances(output: string): readonly GpuInstanceRow[] {
  const text = output.trim();
  if (/^No (?:GPU instances found: Not Found|MIG-enabled devices found\.?)$/u.test(text)) return [];
  const lines = text.split('\n').map((line) => line.trimEnd());
  const rows: GpuInstanceRow[] = [];
  for (const line of lines) {
    const [gpu, profile, profileId, instance, start, size] = row.exec(line)?.slice(1) ?? [];
    if (profile !== undefined) {
      rows.push({
        gpuIndex: Number(gpu),
        profile,
        profileId: Number(profileId),
        gpuInstanceId: Number(instance),
        placement: { start: Number(start), size: Number(size) },
      });
    } else if (!frame.test(line) && !head.test(line)) {
      throw probeFailure('nvidia-smi mig -lgi printed something that is not understood.', {
        line: line.slice(0, 200),
      });
    }
  }
  const keys = new Set(rows.map((entry) => `${entry.gpuIndex}/${entry.gpuInstanceId}`));
  if (rows.length === 0 || keys.size < rows.length || !(lines.at(-1) ?? '').startsWith('+-')) {
    throw probeFailure('The table of nvidia-smi mig -lgi is incomplete or contradicts itself.');
  }
  return rows;
}

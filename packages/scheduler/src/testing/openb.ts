import type { Trace, TraceRequest } from '../types.ts';

/** Steps that people choose how long they may run from, in hours; beyond them nobody knows. */
const allowedHours = [1, 4, 24, 72, 168] as const;

/**
 * Whole-GPU tasks of the pod list of Alibaba's GPU cluster trace of 2023 (`openb_pod_list_*.csv`;
 * times are seconds) on a server of so many GPUs. Pods that were never scheduled are left out: how
 * long they would have run isn't known. The list doesn't say whose a pod is: pods with the same CPUs
 * and memory count as one person's. Nor does it say how long a pod was allowed to run: the next of
 * 1 h, 4 h, 1, 3, 7 days that holds its duration, else unknown.
 */
export function readOpenb(text: string, gpus: number): Trace {
  const [head = '', ...lines] = text.trim().split('\n');
  const columns = head.split(',');
  const requests = lines.flatMap((line) => {
    const cells = line.split(',');
    const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
    return requestOf(cell);
  });
  return { gpus, requests };
}

function requestOf(cell: (name: string) => string): readonly TraceRequest[] {
  const gpus = Number(cell('num_gpu'));
  const scheduled = cell('scheduled_time');
  if (gpus < 1 || cell('gpu_milli') !== '1000' || scheduled === '') return [];
  const durationMs = (Number(cell('deletion_time')) - Number(scheduled)) * 1000;
  const hours = allowedHours.find((step) => durationMs <= step * 3_600_000);
  return [
    {
      id: cell('name'),
      user: `${cell('cpu_milli')}-${cell('memory_mib')}`,
      group: 'all',
      priority: 'normal',
      gpus,
      submittedAtMs: Number(cell('creation_time')) * 1000,
      durationMs,
      runtimeMs: hours === undefined ? null : hours * 3_600_000,
    },
  ];
}

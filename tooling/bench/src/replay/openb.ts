import type { Trace, TraceRequest } from '@ds01/scheduler';

/** The list is large and no part of the project; it is read where it is there. */
export const openbFile = new URL(
  '../../../../../shared/data/openb/openb_pod_list_default.csv',
  import.meta.url,
);

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

/** Longest task that counts for {@link atLoad}: what runs longer is a service, mostly cut off. */
const longestTaskMs = 7 * 24 * 3_600_000;

/**
 * The tasks of up to 7 days of a trace, coming so much faster or slower that they ask for a given
 * share of all GPUs between the first and the last of them; durations stay.
 */
export function atLoad({ gpus, requests }: Trace, load: number): Trace {
  const tasks = requests.filter(({ durationMs }) => durationMs <= longestTaskMs);
  const times = tasks.map(({ submittedAtMs }) => submittedAtMs);
  const firstMs = Math.min(...times);
  const askedMs = tasks.reduce((sum, task) => sum + task.gpus * task.durationMs, 0);
  const factor = askedMs / gpus / load / (Math.max(...times) - firstMs);
  return {
    gpus,
    requests: tasks.map((task) => ({
      ...task,
      submittedAtMs: Math.round((task.submittedAtMs - firstMs) * factor),
    })),
  };
}

/** How many GPUs the tasks of {@link withWideTasks} want. */
const wideGpus = 8;

/**
 * The same GPU time, but every tenth task that wanted one GPU wants 8 of them for an eighth of its
 * duration: what a trace would look like whose people train on several GPUs.
 */
export function withWideTasks({ gpus, requests }: Trace): Trace {
  return {
    gpus,
    requests: requests.map((request, index) => {
      if (request.gpus !== 1 || index % 10 !== 0) return request;
      const { durationMs, runtimeMs } = request;
      return {
        ...request,
        gpus: wideGpus,
        durationMs: durationMs / wideGpus,
        runtimeMs: runtimeMs === null ? null : runtimeMs / wideGpus,
      };
    }),
  };
}

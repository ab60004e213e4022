import { localTime, table, type Screen } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';

type Workloads = RouteOutput<'admin.workloads'>;
type Workload = Workloads['workloads'][number];

/** Everything that runs, whatever made it, and whom processes of the host disturb. */
export function workloadsTable(answer: Workloads, screen: Screen): string {
  const { workloads } = answer;
  const rows = workloads.length === 0 ? 'nothing runs' : rowsOf(workloads, screen);
  return [rows, ...disturbances(answer)].join('\n');
}

/** The same below one heading for each user; what belongs to nobody known comes last. */
export function workloadsByUser(answer: Workloads, screen: Screen): string {
  const { workloads } = answer;
  if (workloads.length === 0) return workloadsTable(answer, screen);
  const users = new Set(workloads.map(({ user }) => user));
  const known = [...users].filter((user) => user !== null).toSorted();
  const parts = [...known, ...(users.has(null) ? [null] : [])].map((user) => {
    const own = workloads.filter((workload) => workload.user === user);
    const gpus = new Set(own.flatMap(({ slots }) => slots));
    const summary = `${user ?? '(nobody known)'}: ${own.length}, ${gpus.size} GPU slot(s)`;
    return `${screen.paint('bold', summary)}\n${rowsOf(own, screen)}`;
  });
  return [...parts, ...disturbances(answer)].join('\n\n');
}

function rowsOf(workloads: readonly Workload[], screen: Screen): string {
  return table(
    {
      columns: [
        { heading: 'KIND' },
        { heading: 'USER', atLeast: 6 },
        { heading: 'NAME', atLeast: 16 },
        { heading: 'STATE', drop: 2 },
        { heading: 'GPU' },
        { heading: 'GPU MEMORY', drop: 3 },
        { heading: 'IMAGE', atLeast: 12, drop: 4 },
        { heading: 'SINCE', drop: 5 },
      ],
      rows: workloads.map((workload) => [
        workload.kind,
        workload.user ?? '-',
        workload.name,
        workload.state,
        workload.slots.length === 0 ? '-' : workload.slots.join(','),
        workload.gpuMemoryBytes === null
          ? '-'
          : `${(workload.gpuMemoryBytes / 2 ** 30).toFixed(1)} GiB`,
        workload.image ?? '-',
        localTime(workload.startedAt),
      ]),
    },
    screen,
  );
}

function disturbances({ hostProcesses }: Workloads): readonly string[] {
  return hostProcesses.flatMap(({ pid, program, slot, device, leaseOf }) =>
    leaseOf === null
      ? []
      : [
          `! ${program} (pid ${pid}) computes on GPU ${slot ?? device}, which ${leaseOf} has leased`,
        ],
  );
}

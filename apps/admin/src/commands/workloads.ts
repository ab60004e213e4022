import { switchFlag, textFlag } from '@ds01/command-line';
import type { Workload } from '@ds01/contracts/lifecycle';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { workloadsByUser, workloadsTable } from '../workloads-table.ts';

const kinds: readonly Workload['kind'][] = [
  'managed',
  'compose',
  'devcontainer',
  'docker',
  'host-process',
];

/** `ds01-admin workloads`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const kind = kindOf(textFlag(flags, 'kind'));
  const user = textFlag(flags, 'user');
  const answer = await runtime.api.call('admin.workloads', {}, { signal });
  const workloads = answer.workloads.filter(
    (workload) =>
      (switchFlag(flags, 'all') || workload.state === 'running' || workload.state === 'paused') &&
      (kind === null || workload.kind === kind) &&
      (user === null || workload.user === user) &&
      (!switchFlag(flags, 'gpuOnly') || usesGpu(workload)),
  );
  const areShown = kind === null || kind === 'host-process';
  const hostProcesses = answer.hostProcesses.filter(
    (process) => areShown && (user === null || process.user === user),
  );
  const wide = switchFlag(flags, 'wide');
  const show = switchFlag(flags, 'byUser') ? workloadsByUser : workloadsTable;
  output.result({ workloads, hostProcesses }, (screen) =>
    show({ workloads, hostProcesses }, wide ? { ...screen, width: null } : screen),
  );
  return 0;
}

function usesGpu({ slots, kind }: Workload): boolean {
  return slots.length > 0 || kind === 'host-process';
}

function kindOf(given: string | null): Workload['kind'] | null {
  if (given === null) return null;
  const kind = kinds.find((known) => known === given);
  if (kind !== undefined) return kind;
  throw ds01Error('usage.invalid', {
    message: `--kind is one of ${kinds.join(', ')}.`,
    hint: 'ds01-admin workloads --kind host-process',
  });
}

import { columns, switchFlag } from '@ds01/command-line';
import { formatBytes } from '@ds01/contracts';
import { show, type ContainerView } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';

/** `ds01 container show`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const caller = await runtime.caller('atomic');
  const deps = await runtime.dependencies();
  const dryRun = switchFlag(flags, 'dryRun');
  const view = await show(deps, caller, { name: operands[0] ?? '' }, { dryRun, signal });
  output.result({ container: view.container, engine: engineFacts(view) }, () => describe(view));
  return 0;
}

function engineFacts({ details }: ContainerView) {
  return {
    pid: details.pid,
    exitCode: details.exitCode,
    outOfMemory: details.outOfMemory,
    user: details.user,
    command: details.command,
    mounts: details.mounts,
    cgroupParent: details.cgroupParent,
    resources: details.resources,
  };
}

function describe({ container, details }: ContainerView): string {
  const { resources } = details;
  const memory = resources.memoryBytes;
  return columns([
    ['name', container.name],
    ['state', container.state + (details.exitCode === null ? '' : ` (${details.exitCode})`)],
    ['gpu', container.slots.length === 0 ? 'none' : container.slots.join(', ')],
    ['image', container.image],
    ['docker name', container.dockerName],
    ['id', container.id],
    ['created', container.createdAt ?? '-'],
    ['started', container.startedAt ?? '-'],
    ['runs as', details.user],
    ['cpus', resources.nanoCpus === undefined ? 'unlimited' : String(resources.nanoCpus / 1e9)],
    ['memory', memory === undefined ? 'unlimited' : formatBytes(memory)],
    ['processes', String(resources.pidsLimit ?? 'unlimited')],
    ...(details.outOfMemory ? [['out of memory', 'yes']] : []),
  ]);
}

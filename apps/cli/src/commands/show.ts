import { fields, localTime, type Cell, type Screen } from '@ds01/command-line';
import type { ContainerView } from '@ds01/contracts';
import { formatBytes } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { portText, shownName, stateCell } from '../describe.ts';
import { timeLeft } from '../lifecycle/time-left.ts';
import { withContainer } from '../wizard/choose-container.ts';

/** `ds01 container show`. */
export async function run(given: CommandContext): Promise<number> {
  const context = await withContainer(given, {
    verb: 'show',
    applies: () => true,
    asksLater: true,
  });
  const { operands, output, runtime, signal } = context;
  const name = operands[0] ?? '';
  const view = await runtime.api.call('containers.show', { name }, { signal });
  output.result(view, (screen) => describe(view, screen));
  return 0;
}

function describe({ container, engine: details }: ContainerView, screen: Screen): string {
  const { resources } = details;
  const memory = resources.memoryBytes;
  const rows: (readonly [string, Cell])[] = [
    ['name', shownName(container)],
    [
      'state',
      details.exitCode === null
        ? stateCell(container.state)
        : `${container.state} (${details.exitCode})`,
    ],
    ['gpu', container.slots.length === 0 ? 'none' : container.slots.join(', ')],
    ...(container.gpuProblem === undefined
      ? []
      : [['gpu problem', { text: container.gpuProblem, style: 'red' }] as const]),
    ['image', container.image],
    ['docker name', container.dockerName],
    ['id', container.id],
    ['created', localTime(container.createdAt)],
    ['started', localTime(container.startedAt)],
    ...(container.stopsAt === null ? [] : [['ends', endText(container)] as const]),
    ['runs as', details.user],
    ['cpus', resources.nanoCpus === undefined ? 'unlimited' : String(resources.nanoCpus / 1e9)],
    ['memory', memory === undefined ? 'unlimited' : formatBytes(memory)],
    ['processes', String(resources.pidsLimit ?? 'unlimited')],
    ...details.ports.map((port) => ['port', portText(port)] as const),
    ...details.mounts.filter(isOwn).map((mount) => ['mount', mountText(mount)] as const),
    ...(details.outOfMemory ? [['out of memory', 'yes'] as const] : []),
  ];
  return fields(rows, screen);
}

function endText({ stopsAt, stopReason }: ContainerView['container']): string {
  const left = stopsAt === null ? [] : [timeLeft(stopsAt, Date.now())];
  const remarks = [...left, ...(stopReason === null ? [] : [stopReason])];
  return `${localTime(stopsAt)} (${remarks.join('; ')})`;
}

/** What DS01 mounts for itself tells nobody anything. */
function isOwn({ target }: ContainerView['engine']['mounts'][number]): boolean {
  return target !== '/run/secrets' && !target.startsWith('/etc/');
}

function mountText(mount: ContainerView['engine']['mounts'][number]): string {
  const { source, target, readOnly } = mount;
  return `${source} -> ${target}${readOnly ? ' (read-only)' : ''}`;
}

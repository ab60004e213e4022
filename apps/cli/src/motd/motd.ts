import { cutText, wrapText, type Screen } from '@ds01/command-line';
import type { ContainerSummary, MotdOutput, RouteOutput } from '@ds01/contracts';
import { formatDuration } from '@ds01/contracts/core';
import { limitUses, shareOf } from '../limits/limit-bars.ts';
import { grantedText, waitingText } from '../queue/waiting-remarks.ts';

/** What a line at login is made of. */
export interface MotdParts {
  readonly containers: readonly ContainerSummary[];
  /** `null` when they can't be read. */
  readonly gpus: RouteOutput<'gpus.status'> | null;
  readonly limits: RouteOutput<'limits.show'>;
  /** What the rules did lately, oldest first. */
  readonly events: RouteOutput<'events.list'>['events'];
  /** Everybody's; `null` when it can't be read. */
  readonly queue: RouteOutput<'queue.list'> | null;
}

/** What somebody who logs in wants to know. */
export function motdOf({ containers, gpus, limits, events, queue }: MotdParts): MotdOutput {
  const running = containers.filter(({ state }) => state === 'running' || state === 'paused');
  const held = limitUses(limits)[0];
  return {
    available: true,
    containers: { total: containers.length, running: running.length },
    gpuEquivalents: {
      held: containers.reduce((sum, container) => sum + container.gpuEquivalents, 0),
      allowed: held?.most ?? null,
      free: gpus?.totals.free ?? null,
    },
    ending: containers
      .filter(({ stopsAt }) => stopsAt !== null)
      .toSorted((one, other) => compare(one.stopsAt ?? '', other.stopsAt ?? ''))
      .map(({ name, state, stopsAt, stopReason }) => ({ name, state, stopsAt, stopReason })),
    waiting: queue?.entries.filter(({ own }) => own) ?? [],
    queued: queue?.entries.filter(({ state }) => state === 'waiting').length ?? null,
    alerts: [
      ...(gpus === null ? ['the GPUs can’t be read: ds01 doctor'] : lostGpus(gpus)),
      ...nearLimits(limits),
      ...stoppedMeanwhile(containers, events),
    ],
  };
}

function lostGpus({ devices }: RouteOutput<'gpus.status'>): readonly string[] {
  return devices
    .flatMap(({ slots }) => slots)
    .filter(
      ({ state, container }) => (state === 'lost' || state === 'unhealthy') && container !== null,
    )
    .map(({ slot, container, state }) =>
      state === 'lost'
        ? `GPU ${slot} of ${container} is lost: ds01 container start ${container} --recreate`
        : `GPU ${slot} of ${container} is not healthy: ds01 container show ${container}`,
    );
}

const asItShouldBe: ReadonlySet<string> = new Set(['GPUs', 'Containers', 'CPUs']);

function nearLimits(limits: RouteOutput<'limits.show'>): readonly string[] {
  // All GPUs, CPUs and containers in use is how it should be; what else runs out ends programs.
  return limitUses(limits)
    .filter(({ name }) => !asItShouldBe.has(name))
    .filter(({ used, most, softShare }) => shareOf(used, most) >= softShare)
    .map(({ name, used, most, text }) => {
      const amounts = `${text(used ?? 0)} of ${text(most ?? 0)}`;
      return `${name} nearly all used, ${amounts}: ds01 check-limits`;
    });
}

const stops: Readonly<Record<string, string>> = {
  'lifecycle.idle-stopped': 'idle',
  'lifecycle.runtime-stopped': 'longest runtime',
};

/** Containers that a rule stopped and that nobody has started again. */
function stoppedMeanwhile(
  containers: readonly ContainerSummary[],
  events: MotdParts['events'],
): readonly string[] {
  return containers
    .filter(({ state }) => state === 'stopped')
    .flatMap(({ name, dockerName }) => {
      const last = events.findLast((it) => it.container === dockerName && it.type in stops);
      if (last === undefined) return [];
      const at = `${last.at.slice(0, 16).replace('T', ' ')} UTC`;
      return [`${name} was stopped ${at} (${stops[last.type]}): ds01 container start ${name}`];
    });
}

const mostLines = 6;
/** What ends later is no news at a login. */
const soonMs = 24 * 3_600_000;

/** At most six lines; nothing where there is nothing to tell. */
export function motdText(motd: MotdOutput, screen: Screen, nowMs: number): string {
  const { containers, gpuEquivalents, ending, waiting, queued, alerts } = motd;
  const waits = queued === null || queued === 0 ? '' : `, ${queued} waiting`;
  const free =
    gpuEquivalents.free === null ? [] : [`${amount(gpuEquivalents.free)} GPUs free${waits}`];
  const facts =
    containers.total === 0
      ? [...free, 'begin with: ds01']
      : [counted(containers), heldText(gpuEquivalents), ...free];
  const lines = [
    ...(motd.available ? wrapText(`DS01: ${facts.join(', ')}`, screen.width ?? Infinity) : []),
    ...alerts.map((alert) => screen.paint('red', `! ${alert}`)),
    ...waiting
      .filter(({ state }) => state === 'granted')
      .map((entry) => screen.paint('green', `! ${grantedText(entry, nowMs)}`)),
    ...waiting
      .filter(({ state }) => state === 'waiting')
      .map((entry) => `  ${waitingText(entry, nowMs)}`),
    ...ending
      .map((one) => ({ ...one, leftMs: Date.parse(one.stopsAt ?? '') - nowMs }))
      .filter(({ leftMs }) => leftMs <= soonMs)
      .map(({ name, leftMs, stopReason }) => {
        const reason = stopReason === null ? '' : ` (${stopReason})`;
        return `  ${name}: ${formatDuration(leftMs)} left${reason}`;
      }),
  ];
  const shown =
    lines.length <= mostLines ? lines : [...lines.slice(0, mostLines - 1), '  ... ds01'];
  return shown.map((line) => (screen.width === null ? line : fit(line, screen.width))).join('\n');
}

/** Painted lines are cut only where they are too long, and then lose their colour. */
function fit(line: string, width: number): string {
  const plain = line.replaceAll(/\u001B\[[\d;]*m/g, '');
  const cut = cutText(plain, width);
  return cut === plain ? line : cut;
}

function counted({ total, running }: MotdOutput['containers']): string {
  const all = `${total} container${total === 1 ? '' : 's'}`;
  return running === total ? `${all} running` : `${all} (${running} running)`;
}

function heldText({ held, allowed }: MotdOutput['gpuEquivalents']): string {
  return allowed === null
    ? `${amount(held)} GPUs yours`
    : `${amount(held)} of ${amount(allowed)} GPUs yours`;
}

/** Sevenths without their noise. */
function amount(gpus: number): string {
  return String(Math.round(gpus * 100) / 100);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

import { padText, textWidth, wrapText, type Screen, type Style } from '@ds01/command-line';
import type { LimitValue, RouteOutput } from '@ds01/contracts';
import { formatBytes, formatDuration, parseMemorySize } from '@ds01/contracts/core';

type LimitsView = RouteOutput<'limits.show'>;

/** What is used of a limit. */
export interface LimitUse {
  readonly name: string;
  /** `null` where it can't be known. */
  readonly used: number | null;
  /** `null` is no limit. */
  readonly most: number | null;
  /** Of an amount, for people. */
  readonly text: (amount: number) => string;
  /** From this share on it is said to be near. */
  readonly softShare: number;
}

/**
 * Everything that all containers of a person share, and what they use of it; space as it was measured
 * last, where there is a limit on it.
 */
export function limitUses(view: LimitsView): readonly LimitUse[] {
  const softShare = view.limits['policies.soft_limit_threshold'].value;
  return [...countedUses(view), ...spaceUses(view)].map((use) => ({ ...use, softShare }));
}

function spaceUses({ limits, usage }: LimitsView): readonly Omit<LimitUse, 'softShare'>[] {
  const uses = [
    ['Workspaces', usage?.workspaceBytes, limits.storage_workspace.value],
    ['Data', usage?.dataBytes, limits.storage_data.value],
    ['Layer', usage?.largestLayerBytes, limits.storage_container.value],
  ] as const;
  return uses.flatMap(([name, used, limit]) => {
    const most = bytesOf(limit);
    return most === null ? [] : [{ name, used: used ?? null, most, text: formatBytes }];
  });
}

function countedUses({ limits, usage }: LimitsView): readonly Omit<LimitUse, 'softShare'>[] {
  const plain = (amount: number): string => String(Math.round(amount * 100) / 100);
  const quota = limits['aggregate.cpu_quota'].value;
  return [
    {
      name: 'GPUs',
      used: usage?.gpuEquivalents ?? null,
      most: least(limits.max_gpu_equivalents.value, limits['aggregate.gpu_limit'].value),
      text: plain,
    },
    {
      name: 'Containers',
      used: usage?.containers ?? null,
      most: limits.max_containers_per_user.value,
      text: plain,
    },
    {
      name: 'Memory',
      used: usage?.memoryBytes ?? null,
      most: bytesOf(limits['aggregate.memory_max'].value),
      text: formatBytes,
    },
    {
      name: 'CPUs',
      used: usage?.cpus ?? null,
      most: quota === null ? null : Number.parseFloat(quota) / 100,
      text: plain,
    },
    {
      name: 'Processes',
      used: usage?.pids ?? null,
      most: limits['aggregate.tasks_max'].value ?? limits.max_tasks.value,
      text: plain,
    },
  ];
}

function least(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

function bytesOf(value: LimitValue): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? (parseMemorySize(value) ?? null) : null;
}

const nameWidth = 10;
const widestBar = 20;
const narrowestBar = 6;

/** A line for each limit, with a bar where there is room for one; what is nearly used up says so. */
export function limitBars(uses: readonly LimitUse[], screen: Screen): string {
  const lines = uses.map((use) => ({ use, text: useText(use) }));
  const longest = Math.max(...lines.map(({ text }) => textWidth(text)));
  const room = (screen.width ?? 80) - nameWidth - longest - 4;
  const width = room < narrowestBar ? 0 : Math.min(widestBar, room);
  return lines
    .map(({ use, text }) => {
      const parts = [
        padText(use.name, nameWidth),
        ...(width === 0 ? [] : [bar(use, width, screen)]),
      ];
      return `${parts.join(' ')} ${text}`.trimEnd();
    })
    .join('\n');
}

function useText({ used, most, text, softShare }: LimitUse): string {
  const now = used === null ? 'unknown' : text(used);
  if (most === null) return `${now}, no limit`;
  const share = shareOf(used, most);
  const remark = share >= 1 ? ', all used' : share >= softShare ? ', nearly all' : '';
  return `${now} of ${text(most)}${remark}`;
}

/** How much of a limit is used, 1 being all; 0 where that isn't known. */
export function shareOf(used: number | null, most: number | null): number {
  if (used === null || most === null) return 0;
  return most === 0 ? Number(used > 0) : used / most;
}

function bar({ used, most, softShare }: LimitUse, width: number, { paint }: Screen): string {
  const share = Math.min(1, shareOf(used, most));
  const filled = share === 0 ? 0 : Math.max(1, Math.round(share * width));
  const style: Style = share >= 1 ? 'red' : share >= softShare ? 'yellow' : 'green';
  const empty = most === null ? ' ' : '.';
  return `[${paint(style, '#'.repeat(filled))}${empty.repeat(width - filled)}]`;
}

/** What one container may have, and when it ends by itself: sentences that fit the screen. */
export function limitSentences({ limits }: LimitsView, screen: Screen): string {
  const slots = limits.max_gpu_slots_per_container.value;
  const each = [
    slots === null ? 'any number of GPUs' : `${slots} GPU slot${slots === 1 ? '' : 's'}`,
    amount(
      limits.max_cpus.value,
      (value) => `${value} CPU${value === '1' ? '' : 's'}`,
      'any number of CPUs',
    ),
    amount(limits.memory.value, (value) => `${value} memory`, 'any amount of memory'),
    amount(limits.pids_limit.value, (value) => `${value} processes`, 'any number of processes'),
  ];
  const sentences = [
    `A container may have ${each.join(', ')}.`,
    endText(limits.idle_timeout_h.value, limits.max_runtime_h.value),
    `Once it is stopped, its GPU is kept ${forHours(limits.gpu_hold_after_stop_h.value)}.`,
    'ds01 limits show says where each limit is written.',
  ];
  return sentences.flatMap((text) => wrapText(text, screen.width ?? 80)).join('\n');
}

/** Containers without a GPU are not meant: they end when somebody stops them. */
function endText(idleHours: number | null, runHours: number | null): string {
  const span = (hours: number): string => formatDuration(hours * 3_600_000);
  const ends = [
    ...(idleHours === null ? [] : [`after ${span(idleHours)} without activity`]),
    ...(runHours === null ? [] : [`after it has run for ${span(runHours)} in all`]),
  ];
  return ends.length === 0
    ? 'It runs until you stop it.'
    : `With a GPU it is stopped ${ends.join(', and ')}; you are warned before.`;
}

function forHours(value: number | null): string {
  return value === null ? 'for good' : `for ${formatDuration(value * 3_600_000)}`;
}

function amount(value: LimitValue, text: (value: string) => string, otherwise: string): string {
  return value === null ? otherwise : text(String(value));
}

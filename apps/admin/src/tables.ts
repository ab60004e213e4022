import { columns, localTime, type Screen } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';

type Container = RouteOutput<'admin.containers'>['containers'][number];
type Lease = RouteOutput<'admin.leases'>['leases'][number];
type User = RouteOutput<'admin.users'>['users'][number];

/**
 * Everybody's containers, with from what the owner is known of those that DS01 didn't make; one that
 * belongs to nobody known is `(foreign)`.
 */
export function containersTable(containers: readonly Container[], screen: Screen): string {
  if (containers.length === 0) return 'no containers';
  return columns(
    [
      ['USER', 'UID', 'NAME', 'STATE', 'GPU', 'IMAGE', 'INTERFACE', 'OWNER BY', 'CREATED'],
      ...containers.map((container) => [
        container.user ?? (container.managed ? '-' : '(foreign)'),
        text(container.uid),
        container.managed ? container.name : container.dockerName,
        stateText(container),
        gpuText(container),
        container.image,
        container.interface,
        ownerText(container.ownerBy),
        localTime(container.createdAt),
      ]),
    ],
    screen,
  );
}

function stateText({ state, exempt }: Container): string {
  return exempt === undefined ? state : `${state}, ${exempt}`;
}

const ownerTexts = {
  signed: 'DS01',
  label: 'label',
  name: 'name',
  'home-folder': 'home folder',
  compose: 'compose',
  administrator: 'administrator',
  contradictory: 'contradictory',
  infrastructure: 'infrastructure',
  none: 'none',
} as const satisfies Record<NonNullable<Container['ownerBy']>, string>;

function ownerText(by: Container['ownerBy']): string {
  return by === null ? 'not known yet' : ownerTexts[by];
}

/** What DS01 gave or counts; a container that sees more than that is marked. */
function gpuText({ slots, devices, managed }: Container): string {
  const text = slotsText(slots);
  return !managed && devices.includes('all') ? `${text} (asks for all)` : text;
}

/** Live leases. */
export function leasesTable(leases: readonly Lease[], screen: Screen): string {
  if (leases.length === 0) return 'no leases';
  return columns(
    [
      ['USER', 'CONTAINER', 'GPU', 'WEIGHT', 'STATE', 'SINCE', 'UNTIL', 'ID'],
      ...leases.map((lease) => [
        lease.user ?? '-',
        lease.container ?? '-',
        slotsText(lease.slots),
        lease.gpuEquivalents.toFixed(2),
        lease.state,
        localTime(lease.createdAt),
        localTime(lease.heldUntil ?? lease.expiresAt),
        lease.id,
      ]),
    ],
    screen,
  );
}

/** Who has what. */
export function usersTable(users: readonly User[], screen: Screen): string {
  if (users.length === 0) return 'no users';
  return columns(
    [
      ['USER', 'UID', 'GROUP', 'ROLE', 'CONTAINERS', 'RUNNING', 'SLOTS', 'GPUS', 'LIMIT'],
      ...users.map((user) => [
        user.user ?? '(nobody known)',
        text(user.uid),
        user.group ?? '-',
        user.role ?? '-',
        text(user.containers),
        text(user.runningContainers),
        text(user.gpuSlots),
        user.gpuEquivalents.toFixed(2),
        user.maxGpuEquivalents === null
          ? user.user === null
            ? '-'
            : 'no limit'
          : user.maxGpuEquivalents.toFixed(2),
      ]),
    ],
    screen,
  );
}

/** Where one limit comes from, on one line. */
export function explanationText(limit: RouteOutput<'admin.limits.explain'>): string {
  const { user, group, key, value, layer, file, line } = limit;
  const origin = file === null ? layer : `${layer}, ${file}:${line ?? 1}`;
  return `${user} (group ${group}): ${key} is ${value === null ? 'no limit' : String(value)}, set by ${origin}`;
}

function slotsText(slots: readonly string[]): string {
  return slots.length === 0 ? '-' : slots.join(',');
}

function text(value: number | null): string {
  return value === null ? '-' : String(value);
}

import type { Overview } from '@ds01/contracts/lifecycle';
import { bar, cell, span, type Line, type Span } from './line.ts';
import { amount, distance, operandOf, percent, shortBytes } from './words.ts';

type Device = Overview['gpus']['devices'][number];
type Slot = Device['slots'][number];
type Reservation = NonNullable<Overview['gpus']['reservations']>[number];
type Container = Overview['containers'][number];

const barWidth = 10;
const slotWidth = 7;
const profileWidth = 10;
const holderWidth = 26;

/** Every GPU with how much it is used, below it its slots with their holders; what is reserved last. */
export function gpuTree(overview: Overview): readonly Line[] {
  const byLease = new Map(overview.leases.map(({ id, container }) => [String(id), container]));
  const byName = new Map(overview.containers.map((one) => [one.dockerName, one]));
  const nowMs = Date.parse(overview.at);
  const holderOf = ({ leaseId }: Slot): Container | undefined =>
    byName.get(byLease.get(leaseId ?? '') ?? '');
  const notices = (overview.gpus.notices ?? []).map((notice): Line => [span(notice, 'red')]);
  const devices = overview.gpus.devices.flatMap((device) => {
    const taken = device.slots.filter(({ state }) => state !== 'free');
    const free = device.slots.filter(({ state }) => state === 'free');
    return [
      deviceLine(device),
      ...taken.map((slot) => slotLine(slot, holderOf(slot), nowMs)),
      ...(free.length === 0 ? [] : [freeLine(free)]),
    ];
  });
  const reserved = overview.gpus.reservations ?? [];
  return [...notices, ...devices, ...reserved.map((one) => reservedLine(one, nowMs))];
}

function deviceLine(device: Device): Line {
  const { index, model, utilization, memoryUsedBytes, memoryBytes, health } = device;
  const isWell = health === 'healthy';
  const used = memoryUsedBytes ?? null;
  const memory =
    used === null ? shortBytes(memoryBytes) : `${shortBytes(used)}/${shortBytes(memoryBytes)}`;
  const busy: Line =
    utilization === null
      ? [span(cell('', barWidth + 2)), span(cell('?', 6, 'right'), 'dim')]
      : [...bar(utilization / 100, barWidth), span(cell(`${percent(utilization)} %`, 6, 'right'))];
  return [
    span(cell(`GPU ${String(index)}`, slotWidth), 'bold'),
    span(cell(model.replace(/^NVIDIA /, ''), profileWidth + 12)),
    span(' '),
    ...busy,
    span(`  ${cell(memory, 12)} `),
    span(isWell ? 'healthy' : health, isWell ? 'green' : 'red'),
    span(isWell ? '' : ` ${device.healthReasons?.join(' ') ?? ''}`),
  ];
}

function slotLine(slot: Slot, container: Container | undefined, nowMs: number): Line {
  const holder =
    container === undefined
      ? [slot.user ?? '(nobody known)', slot.container].filter(Boolean).join('/')
      : operandOf(container);
  const use =
    container === undefined || container.state === 'stopped'
      ? ''
      : `CPU ${percent(container.cpuPercent)} %  ${shortBytes(container.memoryBytes)}`;
  return [
    span(cell(`  ${slot.slot}`, slotWidth)),
    span(cell(slot.profile ?? 'whole', profileWidth), 'dim'),
    stateSpan(slot, nowMs),
    span(' '),
    span(cell(holder, holderWidth), 'cyan'),
    span(` ${use}`),
  ];
}

function stateSpan({ state, expiresAt }: Slot, nowMs: number): Span {
  const until = state === 'held' && expiresAt !== null ? ` ${distance(expiresAt, nowMs)}` : '';
  const styles: Readonly<Partial<Record<string, 'red' | 'yellow'>>> = {
    lost: 'red',
    unhealthy: 'red',
    busy: 'yellow',
    held: 'yellow',
  };
  return span(cell(`${state}${until}`, profileWidth), styles[state]);
}

/** `reserved 0, 1:2 for bob, in 2h`, or how long it still holds. */
function reservedLine({ slots, from, until, for: holder }: Reservation, nowMs: number): Line {
  const isActive = from === null || Date.parse(from) <= nowMs;
  const left = until === null ? '' : `, ${distance(until, nowMs)} left`;
  const when = isActive ? left : `, in ${distance(from, nowMs)}`;
  const whose = holder === null ? '' : ` for ${holder}`;
  const text = `reserved ${slots.join(', ')}${whose}${when}`;
  return [span(text, isActive ? 'yellow' : 'dim')];
}

function freeLine(free: readonly Slot[]): Line {
  const names = free.map(({ slot, profile }) => (profile === null ? slot : `${slot} ${profile}`));
  const total = free.reduce((sum, { gpuEquivalents }) => sum + gpuEquivalents, 0);
  return [span('  free '), span(`${amount(total)}: ${names.join(', ')}`, 'green')];
}

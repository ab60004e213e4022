import type { Overview } from '@ds01/contracts/lifecycle';
import { bar, cell, span, type Line, type Span } from './line.ts';
import { amount, distance, operandOf, percent, shortBytes } from './words.ts';

type Device = Overview['gpus']['devices'][number];
type Slot = Device['slots'][number];
type Container = Overview['containers'][number];

const barWidth = 10;
const slotWidth = 7;
const profileWidth = 10;
const holderWidth = 26;

/** Every GPU with how much it is used, and below it its slots with their holders. */
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
  return [...notices, ...devices];
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

function freeLine(free: readonly Slot[]): Line {
  const names = free.map(({ slot, profile }) => (profile === null ? slot : `${slot} ${profile}`));
  const total = free.reduce((sum, { gpuEquivalents }) => sum + gpuEquivalents, 0);
  return [span('  free '), span(`${amount(total)}: ${names.join(', ')}`, 'green')];
}

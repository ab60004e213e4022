import type { ConfigProblem } from '@ds01/contracts';
import { readGroupName, readUsername } from './members.ts';
import { readSlots } from './overrides.ts';
import type { WrittenReservation } from './policy.ts';
import { createReading } from './reading.ts';
import type { Reading } from './reading.ts';
import { parseTimestamp, timestampRule } from './timestamp.ts';
import { describe } from './yaml-source.ts';
import type { Entry, YamlSource, YamlValue } from './yaml-source.ts';

const keys = [
  'id',
  'username',
  'group',
  'gpus',
  'from',
  'until',
  'reason',
  'approved_by',
  'approved_on',
];
const needed = 'gpus, from, until, and username or group';

/** Reads reservations.yaml: `reservations`, a list of GPUs that are kept for somebody for a while. */
export function readReservations(source: YamlSource): {
  readonly reservations: readonly WrittenReservation[];
  readonly problems: readonly ConfigProblem[];
} {
  const reading = createReading(source.path);
  const reservations: WrittenReservation[] = [];
  const ids = new Set<string>();
  for (const entry of reading.entries(source.root, 'the file')) {
    if (entry.key !== 'reservations') {
      reading.unknownKey(entry, '', ['reservations']);
      continue;
    }
    for (const item of reading.items(entry.value, 'reservations')) {
      const read = readItem(reading, item);
      if (read === null) continue;
      if (read.id !== null && ids.has(read.id)) repeated(reading, item, read.id);
      else reservations.push(read);
      if (read.id !== null) ids.add(read.id);
    }
  }
  return { reservations, problems: reading.problems };
}

function readItem(reading: Reading, item: YamlValue): WrittenReservation | null {
  if (item.kind !== 'mapping') {
    reading.report(item.position, {
      code: 'config.wrong-shape',
      message: `A reservation must be a mapping with ${needed}.`,
      found: describe(item),
      allowed: `a mapping with ${needed}, optionally id and reason`,
    });
    return null;
  }
  const entries = item.entries();
  for (const entry of entries) {
    if (!keys.includes(entry.key)) reading.unknownKey(entry, 'a reservation', keys);
  }
  const find = (key: string): Entry | undefined =>
    entries.find((entry) => entry.key === key && entry.value.kind !== 'nothing');
  const holder = readHolder(reading, item, find);
  const fromMs = readTime(reading, item, { key: 'from', entry: find('from') });
  const toMs = readTime(reading, item, { key: 'until', entry: find('until') });
  const gpus = find('gpus');
  if (gpus === undefined) missing(reading, item, 'gpus');
  const slots = readSlots(reading, gpus, 'gpus');
  if (holder === null || fromMs === undefined || toMs === undefined || slots.length === 0) {
    return null;
  }
  if (fromMs >= toMs) {
    reading.report(find('until')?.position ?? item.position, {
      code: 'config.conflicting-values',
      message: 'The reservation ends before it starts.',
      found: 'until not after from',
      allowed: 'an end after the start',
    });
    return null;
  }
  return {
    ...holder,
    slots,
    fromMs,
    toMs,
    reason: textOf(find('reason')) ?? '',
    id: textOf(find('id')),
    approvedBy: textOf(find('approved_by')),
    file: reading.path,
    line: item.position.line,
  };
}

function textOf(entry: Entry | undefined): string | null {
  return entry?.value.kind === 'scalar' ? entry.value.scalar.text.trim() : null;
}

function readHolder(
  reading: Reading,
  item: YamlValue,
  find: (key: string) => Entry | undefined,
): Pick<WrittenReservation, 'user' | 'group'> | null {
  const username = find('username');
  const group = find('group');
  if ((username === undefined) === (group === undefined)) {
    missing(reading, item, 'username or group, one of both');
    return null;
  }
  if (username !== undefined) {
    const user = readUsername(reading, username.value, 'username');
    return user === undefined ? null : { user };
  }
  const name = group === undefined ? undefined : readGroupName(reading, group.value, 'group');
  return name === undefined ? null : { user: null, group: name };
}

function readTime(
  reading: Reading,
  item: YamlValue,
  { key, entry }: { readonly key: 'from' | 'until'; readonly entry: Entry | undefined },
): number | undefined {
  if (entry === undefined) {
    missing(reading, item, key);
    return undefined;
  }
  const { value } = entry;
  const edge = key === 'from' ? 'start' : 'end';
  const time = value.kind === 'scalar' ? parseTimestamp(value.scalar.text, edge) : undefined;
  if (time === undefined) reading.invalid(value, key, timestampRule);
  return time;
}

function missing(reading: Reading, item: YamlValue, key: string): void {
  reading.report(item.position, {
    code: 'config.invalid-value',
    message: `A reservation needs ${key}.`,
    found: 'something else',
    allowed: needed,
  });
}

function repeated(reading: Reading, item: YamlValue, id: string): void {
  reading.report(item.position, {
    code: 'config.conflicting-values',
    message: `Two reservations have the id ${JSON.stringify(id)}.`,
    found: id,
    allowed: 'another id, or none',
  });
}
